// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "core/shared_lock.hpp"

namespace kith {

/// Publishes which lock each reading thread holds, for several locks; readers on different threads
/// mostly use different cache lines. Thread-safety: part of a synchronisation primitive.
class ReaderLines {
 public:
  struct alignas(64) Line {
    std::atomic<const void*> lock{nullptr};
  };
  Line& own() { return lines_[number_of_this_thread()]; }
  /// Waits until no thread reads under this lock.
  void wait_until_left(const void* lock) const {
    for (const Line& line : lines_) {
      while (line.lock.load(std::memory_order_seq_cst) == lock) std::this_thread::yield();
    }
  }

 private:
  std::array<Line, 16> lines_;
};

/// A `SharedLock` whose readers do not write to shared cache lines while there are no writers.
/// After 256 reads in a row the lock becomes reader-biased; the next writer revokes the bias, which
/// costs it a scan of all lines. Source: Dice and Kogan 2019, "BRAVO: Biased Locking for
/// Reader-Writer Locks". Not recursive. Thread-safety: a synchronisation primitive; `use` must be
/// called before all else.
class ReadBiasedLock {
 public:
  /// Sets where biased readers publish themselves; without, it is a plain `SharedLock`. `lines`
  /// must outlive it.
  void use(ReaderLines& lines) { lines_ = &lines; }

  void lock() {
    lock_.lock();
    if (readings_.load(std::memory_order_relaxed) != 0) [[unlikely]]
      turn_to_writers();
  }
  void unlock() { lock_.unlock(); }
  /// Locks as a `SharedLock`, without bias, for `std::shared_lock`.
  void lock_shared() { lock_.lock_shared(); }
  void unlock_shared() { lock_.unlock_shared(); }

  /// Holds the lock for reading during its lifetime.
  class Reading {
   public:
    explicit Reading(const ReadBiasedLock& lock) : lock_(lock), line_(lock.enter()) {}
    ~Reading() {
      if (line_ != nullptr)
        line_->lock.store(nullptr, std::memory_order_release);
      else
        lock_.lock_.unlock_shared();
    }
    Reading(const Reading&) = delete;
    Reading& operator=(const Reading&) = delete;

   private:
    const ReadBiasedLock& lock_;
    ReaderLines::Line* line_;
  };

 private:
  /// Reads without a write after which the lock becomes biased. With a lower value a lock that is
  /// written now and then pays for more revocations.
  static constexpr std::uint32_t readings_until_biased = 256;

  [[nodiscard]] bool is_biased(std::memory_order order) const {
    return readings_.load(order) == readings_until_biased;
  }
  /// Returns the line in which this thread published itself, or null if it locked `lock_` instead.
  ReaderLines::Line* enter() const {
    if (is_biased(std::memory_order_relaxed)) {
      // Publish, then check the bias again; a writer revokes the bias, then scans the lines. All
      // four are sequentially consistent, so that at least one of the two sees the other.
      ReaderLines::Line& line = lines_->own();
      const void* nothing = nullptr;
      if (line.lock.compare_exchange_strong(nothing, this, std::memory_order_seq_cst)) {
        if (is_biased(std::memory_order_seq_cst)) return &line;
        line.lock.store(nullptr, std::memory_order_release);
      }
    }
    lock_.lock_shared();
    if (lines_ != nullptr) count_reading();
    return nullptr;
  }
  /// Counts a read towards the bias. No thread writes meanwhile, since this one holds `lock_`, so
  /// the lock may become biased here. A read that is not counted does no harm; storing an older
  /// count over the maximum would drop the bias under readers that rely on it.
  void count_reading() const {
    std::uint32_t readings = readings_.load(std::memory_order_relaxed);
    if (readings == readings_until_biased) return;
    readings_.compare_exchange_strong(readings, readings + 1, std::memory_order_release,
                                      std::memory_order_relaxed);
  }
  KITH_COLD void turn_to_writers() {
    const bool was_biased = is_biased(std::memory_order_relaxed);
    readings_.store(0, std::memory_order_seq_cst);
    if (was_biased) lines_->wait_until_left(this);
  }

  mutable SharedLock lock_;
  /// Approximate number of reads since the last write; at its maximum the lock is reader-biased.
  mutable std::atomic<std::uint32_t> readings_{0};
  ReaderLines* lines_ = nullptr;
};

}  // namespace kith
