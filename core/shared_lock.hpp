// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <thread>

#include "core/compiler.hpp"
#include "core/spin.hpp"

namespace kith {

/// A reader-writer spin lock for short, mostly read critical sections: four bytes, two atomic
/// operations per section. A waiting writer blocks new readers. A thread that waits long yields the
/// processor. Not recursive. Thread-safety: a synchronisation primitive.
class SharedLock {
 public:
  void lock() {
    std::uint32_t free = 0;
    if (!state_.compare_exchange_strong(free, writing, std::memory_order_acquire)) [[unlikely]]
      lock_slowly();
  }
  [[nodiscard]] bool try_lock() {
    std::uint32_t seen = state_.load(std::memory_order_relaxed) & waiting;
    return state_.compare_exchange_strong(seen, writing, std::memory_order_acquire);
  }
  void unlock() { state_.fetch_and(~writing, std::memory_order_release); }

  void lock_shared() {
    if (!try_lock_shared()) [[unlikely]]
      lock_shared_slowly();
  }
  [[nodiscard]] bool try_lock_shared() {
    if ((state_.fetch_add(1, std::memory_order_acquire) & (writing | waiting)) == 0) return true;
    state_.fetch_sub(1, std::memory_order_relaxed);
    return false;
  }
  /// True if another thread reads too; called while this one does.
  [[nodiscard]] bool is_shared() const { return state_.load(std::memory_order_relaxed) > 1; }
  void unlock_shared() { state_.fetch_sub(1, std::memory_order_release); }

 private:
  static constexpr std::uint32_t writing = 1U << 31U;
  static constexpr std::uint32_t waiting = 1U << 30U;
  /// Attempts before a waiting thread yields the processor: the owner may need it to finish.
  static constexpr unsigned attempts_max = 16;
  /// Longest back-off, as a power of two of pauses. A higher value lets the owner of the cache line
  /// do more sections in a row, and makes others wait longer.
  static constexpr unsigned back_off_max = 11;

  KITH_COLD void lock_slowly() {
    unsigned writers_met = 0;
    for (unsigned attempt = 0;; ++attempt) {
      std::uint32_t seen = state_.load(std::memory_order_relaxed);
      if ((seen & ~waiting) == 0 &&
          state_.compare_exchange_weak(seen, writing, std::memory_order_acquire)) {
        return;
      }
      if ((seen & writing) != 0) {
        back_off(writers_met++);
      } else {
        if ((seen & waiting) == 0) state_.fetch_or(waiting, std::memory_order_relaxed);
        pause(attempt);
      }
    }
  }
  KITH_COLD void lock_shared_slowly() {
    for (unsigned attempt = 0; !try_lock_shared(); ++attempt) {
      while ((state_.load(std::memory_order_relaxed) & (writing | waiting)) != 0) pause(attempt++);
    }
  }
  /// Waits for readers to leave or, as a reader, for a writer.
  static void pause(unsigned attempt) {
    if (attempt >= attempts_max) return std::this_thread::yield();
    spin(1U << std::min(attempt, 4U));
  }
  /// Backs off exponentially while writers contend, up to some tens of microseconds: a thread that
  /// owns the cache line completes about ten short sections in the time that one transfer of the
  /// line takes. Source: Anderson 1990, "The performance of spin lock alternatives".
  static void back_off(unsigned meetings) {
    if (meetings > back_off_max) std::this_thread::yield();
    spin(1U << std::min(meetings, back_off_max));
  }

  std::atomic<std::uint32_t> state_{0};  ///< number of readers, and the flags writing and waiting
};

/// Returns a number below 16 that is constant per thread; several threads may have the same.
inline std::size_t number_of_this_thread() {
#if defined(__GNUC__) && (defined(__x86_64__) || defined(__aarch64__))
  const auto thread = reinterpret_cast<std::uintptr_t>(__builtin_thread_pointer());
#else
  const std::size_t thread = std::hash<std::thread::id>()(std::this_thread::get_id());
#endif
  return (thread * 0x9e3779b97f4a7c15U) >> 60U;  // Fibonacci hashing
}

/// A `SharedLock` for data that most threads read at the same time: it has 16 cache lines, and
/// readers on different threads mostly write to different ones. Writers pay: they lock all 16.
/// Thread-safety: a synchronisation primitive.
class SpreadSharedLock {
 public:
  void lock() {
    for (Line& line : lines_) line.lock.lock();
  }
  void unlock() {
    for (Line& line : lines_) line.lock.unlock();
  }
  void lock_shared() { own().lock_shared(); }
  void unlock_shared() { own().unlock_shared(); }

 private:
  struct alignas(64) Line {
    SharedLock lock;
  };

  SharedLock& own() { return lines_[number_of_this_thread()].lock; }

  std::array<Line, 16> lines_;
};

}  // namespace kith
