// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "core/clock.hpp"
#include "resilience/limiter_options.hpp"
#include "resilience/limiter_state.hpp"

namespace kith::limiting {

/// Limits one key exactly: units fit if at most `limit` units, including them, were admitted in
/// (at - window, at].
///
/// Memory: a ring of words of 4 to 8 bytes, wide enough for twice the window (4 bytes up to 1.07 s,
/// 5 up to 4.5 minutes, 6 up to 19 hours). An admitted hit takes one word, several hits of the same
/// time take two. Invariant: every stored time is less than two windows old when it is read, so the
/// difference to `newest_` is exact without the high bits (ADR 0013). Thread-safety: plain value.
class SlidingLog {
 public:
  SlidingLog() = default;
  SlidingLog(const SlidingLog& other);
  SlidingLog(SlidingLog&&) noexcept = default;
  SlidingLog& operator=(SlidingLog other) noexcept;
  ~SlidingLog() = default;

  /// Advances to `at`, or stays if `at` is older; returns its newest time.
  Duration advance(const RateLimiterOptions& options, Duration at);
  /// Returns the newest time it has seen; `Duration::min()`: none.
  [[nodiscard]] Duration newest() const { return newest_; }
  /// Returns the units that fit now.
  [[nodiscard]] std::int64_t room(const RateLimiterOptions& options) const;
  /// Counts `hits` units, even if they do not fit. Negative hits remove the newest entries; units
  /// beyond them are credit for one window.
  void take(const RateLimiterOptions& options, std::int64_t hits);
  /// Returns the time until `hits` units fit, which do not fit now.
  [[nodiscard]] Duration wait_for(const RateLimiterOptions& options, std::int64_t hits) const;
  /// Returns the time until it is in its initial state.
  [[nodiscard]] Duration reset_after(const RateLimiterOptions& options) const;
  /// Applies other options and keeps the counts.
  void change(const RateLimiterOptions& before, const RateLimiterOptions& after);
  /// Shifts all times by `by`.
  void move(Duration by, const RateLimiterOptions& options);
  /// Writes its counts to `state`.
  void save(LimiterState& state) const;
  /// Takes the counts of `state`; false if they are inconsistent.
  [[nodiscard]] bool restore(const RateLimiterOptions& options, const LimiterState& state);
  /// Returns the heap memory that it owns in bytes.
  [[nodiscard]] std::size_t heap_bytes() const {
    return capacity_ == 0 ? 0 : std::size_t{capacity_} * width_ + 8;
  }

 private:
  struct Entry {
    std::uint64_t age = 0;  // nanoseconds before newest_
    std::uint32_t units = 0;
    std::uint32_t words = 0;
  };
  [[nodiscard]] std::uint64_t word(std::uint32_t index) const;
  void set_word(std::uint32_t index, std::uint64_t value);
  [[nodiscard]] Entry entry(std::uint32_t index) const;
  [[nodiscard]] std::uint64_t newest_age() const;
  [[nodiscard]] std::uint64_t mask() const { return (std::uint64_t{1} << (8U * width_ - 1U)) - 1U; }
  void log(const RateLimiterOptions& options, std::uint32_t units);
  void append(std::uint64_t value, std::uint32_t capacity_max);
  void take_back(std::uint64_t units);
  void write_anew(const RateLimiterOptions& options, Duration newest);
  void clear();

  std::unique_ptr<unsigned char[]> ring_;
  std::uint32_t capacity_ = 0;  // words
  std::uint32_t first_ = 0;
  std::uint32_t words_ = 0;
  std::uint32_t units_ = 0;        // sum over the entries
  std::uint64_t oldest_word_ = 0;  // word(0) and the time of the newest entry, so that most
  std::uint64_t last_time_ = 0;    // requests need not look at the ring
  Duration newest_ = Duration::min();
  Duration credited_{};  // when credit was last given
  std::uint32_t credit_ = 0;
  std::uint8_t width_ = 0;  // bytes of a word; 0: not used yet
  bool last_is_pair_ = false;
};

}  // namespace kith::limiting
