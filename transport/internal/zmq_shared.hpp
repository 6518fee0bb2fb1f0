#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "core/bytes.hpp"
#include "core/error.hpp"
#include "core/mutex.hpp"
#include "core/result.hpp"
#include "transport/internal/client_ledger.hpp"
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
  std::atomic<std::uint64_t> requests_refused{0};
  std::atomic<std::uint64_t> answers_dropped{0};
};

/// An answer on its way to an app.
struct Reply {
  ClientId client;
  Bytes message;
  std::size_t kept_bytes = 0;  ///< what the ledger keeps for it
};

/// What the threads that use a transport hand to its I/O thread. Thread-safety: any thread.
class ZmqShared {
 public:
  /// Takes a request in. Errors: `overloaded`.
  Result<void> open_request(const ClientId& client, std::size_t size_bytes);
  /// Queues the answer to an open request, or an error when its app has no room for it; counts it
  /// as dropped when there is no room for that either.
  void answer(const ClientId& client, Bytes message);
  /// Queues an error for what is not an open request, and counts it.
  void refuse(const ClientId& client, const Error& why);
  /// Answers all open requests with this error.
  void answer_all(const Error& why);
  std::vector<Reply> take_replies();
  /// An answer has left the process, or never will.
  void release(std::string_view connection, std::size_t kept_bytes);

  Outbox outbox;
  Waker waker;
  AtomicCounters counters;
  std::atomic<bool> stopping{false};

 private:
  Mutex mutex_;
  ClientLedger ledger_ KITH_GUARDED_BY(mutex_);
  std::vector<Reply> replies_ KITH_GUARDED_BY(mutex_);
};

}  // namespace kith::transport::internal
