#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "core/shared_lock.hpp"

namespace kith {

/// Where readers of several locks say what they read, mostly each in a line of the cache of its
/// own. Thread-safety: it is part of the tool.
class ReaderLines {
 public:
  struct alignas(64) Line {
    std::atomic<const void*> lock{nullptr};
  };
  Line& own() { return lines_[number_of_this_thread()]; }
  /// Waits until nobody reads under this lock.
  void wait_until_left(const void* lock) const {
    for (const Line& line : lines_) {
      while (line.lock.load(std::memory_order_seq_cst) == lock) std::this_thread::yield();
    }
  }

 private:
  std::array<Line, 16> lines_;
};

/// A `SharedLock` whose readers write to no line that others use, as long as nobody writes: after
/// some readings in a row the lock turns to readers, and the next writer turns it back, which costs
/// it a look at all lines. Source: Dice and Kogan 2019, "BRAVO: Biased Locking for Reader-Writer
/// Locks". Not recursive. Thread-safety: it is the tool; `use` before anything else.
class ReadBiasedLock {
 public:
  /// Where its readers say so; without, it is a plain `SharedLock`. `lines` must outlive it.
  void use(ReaderLines& lines) { lines_ = &lines; }

  void lock() {
    lock_.lock();
    if (readings_.load(std::memory_order_relaxed) != 0) [[unlikely]]
      turn_to_writers();
  }
  void unlock() { lock_.unlock(); }
  /// Reads as under a `SharedLock`, for `std::shared_lock`.
  void lock_shared() { lock_.lock_shared(); }
  void unlock_shared() { lock_.unlock_shared(); }

  /// Reads under the lock as long as it lives.
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
  static constexpr std::uint32_t readings_until_biased = 256;

  [[nodiscard]] bool is_biased(std::memory_order order) const {
    return readings_.load(order) == readings_until_biased;
  }
  /// The line that says that this thread reads, or none when the lock itself does.
  ReaderLines::Line* enter() const {
    if (is_biased(std::memory_order_relaxed)) {
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
  /// While this thread reads nobody writes, so that the lock may turn. A reading that is not
  /// counted does no harm; one that counts down from a lock that has turned would let a writer in.
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
  /// Since somebody wrote, approximately; at its maximum the lock has turned to readers.
  mutable std::atomic<std::uint32_t> readings_{0};
  ReaderLines* lines_ = nullptr;
};

}  // namespace kith
