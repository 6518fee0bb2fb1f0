// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>

#include "core/clock.hpp"
#include "resilience/limiter_state.hpp"
#include "resilience/token_bucket.hpp"

namespace kith::limiting {

/// Limits one key with a leaky bucket as a meter (Turner 1986): hits fill a bucket of `burst` that
/// leaks `limit` per window, or per calendar window at the rate of its length.
///
/// Its room is a token bucket, but options change differently: the room stays, capped at the new
/// size. A larger bucket keeps its smaller room bucket plus `grown_`, so that growing and shrinking
/// back restores the former state. Thread-safety: plain value.
class LeakyBucket {
 public:
  /// Advances to `at`, or stays if `at` is older; returns its newest time.
  Duration advance(const RateLimiterOptions& options, Duration at);
  /// Returns the newest time it has seen; `Duration::min()`: none.
  [[nodiscard]] Duration newest() const { return room_.newest(); }
  /// Returns the units that fit now.
  [[nodiscard]] std::int64_t room(const RateLimiterOptions& options) const {
    return std::max(room_.room(options), room_.earned() + grown_);
  }
  /// Counts `hits` units, even if they do not fit; negative hits give back.
  void take(const RateLimiterOptions& options, std::int64_t hits) {
    room_.take(within(options, newest()), hits);
  }
  /// Returns the time until `hits` units fit, which do not fit now.
  [[nodiscard]] Duration wait_for(const RateLimiterOptions& options, std::int64_t hits) const;
  /// Returns the time until it is in its initial state.
  [[nodiscard]] Duration reset_after(const RateLimiterOptions& options) const;
  /// Applies other options: caps the room at the new size, or grows it by the difference.
  void change(const RateLimiterOptions& before, const RateLimiterOptions& after);
  /// Shifts all times by `by`.
  void move(Duration by, const RateLimiterOptions& options);
  /// Writes its counts to `state`.
  void save(LimiterState& state) const;
  /// Takes the counts of `state`; false if they are inconsistent.
  [[nodiscard]] bool restore(const RateLimiterOptions& options, const LimiterState& state);
  [[nodiscard]] std::size_t heap_bytes() const { return 0; }

 private:
  /// Returns the options of the room bucket: its size, and the window length at `at`.
  [[nodiscard]] RateLimiterOptions within(const RateLimiterOptions& options, Duration at) const;
  void cross_borders(const RateLimiterOptions& options, Duration at);
  [[nodiscard]] std::int64_t missing(const RateLimiterOptions& options, std::int64_t hits) const;

  TokenBucket room_;  // as of the smallest size since it was last full
  std::uint32_t grown_ = 0;
};

}  // namespace kith::limiting
