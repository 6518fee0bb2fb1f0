// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "core/clock.hpp"
#include "resilience/limiter_options.hpp"
#include "resilience/limiter_state.hpp"

namespace kith::limiting {

/// Limits one key approximately with two counts: of the current window and of the previous one,
/// which begin at multiples of `window`. The previous count is weighted by the part of its window
/// that (at - window, at] still covers. Integer arithmetic is exact, but hits are assumed to be
/// spread evenly: a burst may admit up to twice the limit in some window. Thread-safety: plain
/// value.
class SlidingCounter {
 public:
  /// Advances to `at`, or stays if `at` is older; returns its newest time.
  Duration advance(const RateLimiterOptions& options, Duration at);
  /// Returns the newest time it has seen; `Duration::min()`: none.
  [[nodiscard]] Duration newest() const { return newest_; }
  /// Returns the units that fit now.
  [[nodiscard]] std::int64_t room(const RateLimiterOptions& options) const;
  /// Counts `hits` units, even if they do not fit; negative hits give back, also beyond the limit.
  void take(const RateLimiterOptions& options, std::int64_t hits);
  /// Returns the time until `hits` units fit, which do not fit now.
  [[nodiscard]] Duration wait_for(const RateLimiterOptions& options, std::int64_t hits) const;
  /// Returns the time until it is in its initial state.
  [[nodiscard]] Duration reset_after(const RateLimiterOptions& options) const;
  /// Applies other options. The current count moves to the current window of the new length; the
  /// previous count keeps fading over the old length.
  void change(const RateLimiterOptions& before, const RateLimiterOptions& after);
  /// Shifts all times by `by`; the current count moves to the window that holds the new time.
  void move(Duration by, const RateLimiterOptions& options);
  /// Writes its counts to `state`.
  void save(LimiterState& state) const;
  /// Takes the counts of `state`; false if they are inconsistent.
  [[nodiscard]] bool restore(const RateLimiterOptions& options, const LimiterState& state);
  [[nodiscard]] std::size_t heap_bytes() const { return 0; }

 private:
  [[nodiscard]] Duration fade_length(const RateLimiterOptions& options) const {
    return fade_length_ == Duration::zero() ? options.window : fade_length_;
  }
  [[nodiscard]] std::uint64_t fade_left(Duration window, Duration at) const;
  [[nodiscard]] std::int64_t after_next_border(std::uint64_t left) const;

  bool used_ = false;
  Duration begin_{};         // of the current window
  std::int64_t now_ = 0;     // count of the current window
  std::int64_t before_ = 0;  // count of the previous window
  // Zero: before_ fades over the current window. Else, after a change of the window, it fades over
  // fade_length_ until fade_end_.
  Duration fade_length_{};
  Duration fade_end_{};
  Duration newest_ = Duration::min();
};

}  // namespace kith::limiting
