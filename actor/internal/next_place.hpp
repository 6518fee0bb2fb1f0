// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <mutex>

#include "core/compiler.hpp"
#include "core/process_fence.hpp"

namespace kith::detail {

/// Holds the process that a worker runs next: the one that its present process made ready, while
/// the data that they share is in the cache. The worker fills and empties the place without a
/// locked instruction; another worker may steal a process that is stuck behind a long turn, and
/// pays for the synchronisation of both. See docs/adr/0017-next-place.md. Thread-safety:
/// `take_stuck` from other threads, `is_empty` from any, the rest by the worker alone.
///
/// The two sides use Dekker's algorithm: the worker sets `taking_` and reads `wanted_`, a thief
/// sets `wanted_` and reads `taking_`. At least one sees the other: the thief then leaves the
/// process, or the worker takes it under the mutex.
template <typename Slot>
class NextPlace {
 public:
  explicit NextPlace(const ProcessFence& fence) : fence_(fence) {}

  /// True if there is no process; for the worker that holds until it calls `fill`.
  [[nodiscard]] bool is_empty() const {
    return process_.load(std::memory_order_relaxed) == nullptr;
  }
  void fill(Slot& process) { process_.store(&process, std::memory_order_release); }
  /// Takes the process; null if there is none.
  Slot* take() {
    if (is_empty()) return nullptr;
    begin_taking();
    if (wanted_.load(std::memory_order_seq_cst)) [[unlikely]]
      return take_while_wanted();
    Slot* process = process_.load(std::memory_order_relaxed);
    process_.store(nullptr, std::memory_order_relaxed);
    taking_.store(false, std::memory_order_release);
    return process;
  }
  /// Steals the process from another thread; null if there is none or the worker is taking it.
  KITH_COLD Slot* take_stuck() {
    if (is_empty()) return nullptr;
    const std::scoped_lock lock(mutex_);
    wanted_.store(true, std::memory_order_seq_cst);
    fence_.pass();
    Slot* process = nullptr;
    if (!taking_.load(std::memory_order_seq_cst)) {
      process = process_.exchange(nullptr, std::memory_order_acq_rel);
    }
    wanted_.store(false, std::memory_order_release);
    return process;
  }

 private:
  /// Sets `taking_` before `wanted_` is read. `ProcessFence` on the other side orders the two for
  /// the processor, so that here only the compiler must not reorder them.
  void begin_taking() {
    if (fence_.is_available()) [[likely]] {
      taking_.store(true, std::memory_order_relaxed);
      std::atomic_signal_fence(std::memory_order_seq_cst);
    } else {
      taking_.exchange(true, std::memory_order_seq_cst);
    }
  }
  KITH_COLD Slot* take_while_wanted() {
    taking_.store(false, std::memory_order_release);
    const std::scoped_lock lock(mutex_);
    return process_.exchange(nullptr, std::memory_order_acq_rel);
  }

  const ProcessFence& fence_;
  std::atomic<Slot*> process_{nullptr};
  std::atomic<bool> taking_{false};
  std::atomic<bool> wanted_{false};
  std::mutex mutex_;
};

}  // namespace kith::detail
