// SPDX-License-Identifier: Apache-2.0
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

/// Wakes the thread that waits on `descriptor()`; several calls before its `seen` count as one.
/// Thread-safety: any thread may `wake`, one thread waits and calls `seen`.
class Waker {
 public:
  Waker();
  ~Waker();
  Waker(const Waker&) = delete;
  Waker& operator=(const Waker&) = delete;

  void wake();
  /// Resets the waker; called by the waiting thread before it checks for work.
  void seen();
  [[nodiscard]] int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
  std::atomic<bool> awake_{false};
};

/// `TransportCounters` that several threads may increase.
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

/// An answer to an app, queued for the I/O thread.
struct Reply {
  ClientId client;
  Bytes message;
  std::size_t kept_bytes = 0;  ///< the room that the ledger has reserved for it
};

/// Queues between the threads that use a transport and its I/O thread. Thread-safety: any thread.
class ZmqShared {
 public:
  /// Opens a request. Errors: `overloaded`.
  Result<void> open_request(const ClientId& client, std::size_t size_bytes);
  /// Queues the answer to an open request, or an error if the ledger has no room for it; drops and
  /// counts it if there is no room for the error either.
  void answer(const ClientId& client, Bytes message);
  /// Queues an error for a request that was not opened, and counts it.
  void refuse(const ClientId& client, const Error& why);
  /// Answers all open requests with this error.
  void answer_all(const Error& why);
  std::vector<Reply> take_replies();
  /// Releases the room of an answer that ZeroMQ no longer keeps.
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
