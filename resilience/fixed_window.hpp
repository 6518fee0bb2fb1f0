// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "core/clock.hpp"
#include "resilience/limiter_options.hpp"
#include "resilience/limiter_state.hpp"

namespace kith::limiting {

/// Limits one key to `limit` units per window, which starts with the first hit and lasts `window`,
/// or is a calendar window. Around a border up to twice the limit may be admitted within the length
/// of a window. Thread-safety: plain value.
class FixedWindow {
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
  /// Applies other options and keeps the count. With a calendar now, it belongs to the current
  /// calendar window. If the calendar was removed and the first hit is too old for `window`, it
  /// belongs to a window that starts now.
  void change(const RateLimiterOptions& before, const RateLimiterOptions& after);
  /// Shifts all times by `by`. The count moves to the calendar window of the new time.
  void move(Duration by, const RateLimiterOptions& options);
  /// Writes its counts to `state`.
  void save(LimiterState& state) const;
  /// Takes the counts of `state`; false if they are inconsistent.
  [[nodiscard]] bool restore(const RateLimiterOptions& options, const LimiterState& state);
  [[nodiscard]] std::size_t heap_bytes() const { return 0; }

 private:
  [[nodiscard]] bool is_over(const RateLimiterOptions& options) const;

  bool begun_ = false;
  std::int64_t used_ = 0;
  Duration begin_{};  // with a calendar: any time in the current window
  Duration newest_ = Duration::min();
};

}  // namespace kith::limiting
