#pragma once

#include <atomic>
#include <mutex>

#include "core/compiler.hpp"
#include "core/process_fence.hpp"

namespace kith::detail {

/// The process that a worker runs next: made ready by the one it runs now, so that what they share
/// is still in the cache. The worker fills and empties the place without an atomic operation that
/// locks; another worker may take what is stuck there behind a long turn, and pays for both. See
/// docs/adr/0017-next-place.md. Thread-safety: `take_stuck` from other threads, `is_empty` from
/// any, the rest by the worker alone.
template <typename Slot>
class NextPlace {
 public:
  explicit NextPlace(const ProcessFence& fence) : fence_(fence) {}

  /// What a worker sees empty stays so until it fills it.
  [[nodiscard]] bool is_empty() const {
    return process_.load(std::memory_order_relaxed) == nullptr;
  }
  void fill(Slot& process) { process_.store(&process, std::memory_order_release); }
  /// Empties the place.
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
  /// Empties it from outside, unless the worker is about to.
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
  /// The mark must be seen before `wanted_` is read. The fence of the other side sees to that, for
  /// all but the compiler.
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
