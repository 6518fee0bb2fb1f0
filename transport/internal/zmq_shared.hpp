#pragma once

#include <atomic>
#include <cstdint>
#include <utility>
#include <vector>

#include "core/bytes.hpp"
#include "core/limits.hpp"
#include "core/mutex.hpp"
#include "transport/internal/outbox.hpp"
#include "transport/transport.hpp"

namespace kith::transport::internal {

/// Wakes the thread that waits on `descriptor()`; many wakes before it looks count as one.
/// Thread-safety: any thread may `wake`, one thread waits and calls `seen`.
class Waker {
 public:
  Waker();
  ~Waker();
  Waker(const Waker&) = delete;
  Waker& operator=(const Waker&) = delete;

  void wake();
  /// To be called by the waiting thread before it looks for work.
  void seen();
  [[nodiscard]] int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
  std::atomic<bool> awake_{false};
};

/// `TransportCounters` that many threads may raise.
struct AtomicCounters {
  std::atomic<std::uint64_t> messages_sent{0};
  std::atomic<std::uint64_t> messages_received{0};
  std::atomic<std::uint64_t> frames_sent{0};
  std::atomic<std::uint64_t> frames_received{0};
  std::atomic<std::uint64_t> frames_refused{0};
  std::atomic<std::uint64_t> messages_dropped{0};
};

/// An answer on its way to an app.
struct Reply {
  ClientId client;
  Bytes message;
};

/// What the threads that use a transport hand to its I/O thread. Thread-safety: any thread.
class ZmqShared {
 public:
  /// Queues an answer; false when too many bytes of answers wait already.
  bool push_reply(Reply reply);
  std::vector<Reply> take_replies();

  Outbox outbox;
  Waker waker;
  AtomicCounters counters;
  std::atomic<bool> stopping{false};

 private:
  Mutex mutex_;
  std::vector<Reply> replies_ KITH_GUARDED_BY(mutex_);
  std::size_t replies_bytes_ KITH_GUARDED_BY(mutex_) = 0;
};

}  // namespace kith::transport::internal
