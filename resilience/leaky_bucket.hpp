#pragma once

#include <algorithm>
#include <cstdint>

#include "core/clock.hpp"
#include "resilience/limiter_state.hpp"
#include "resilience/token_bucket.hpp"

namespace kith::limiting {

/// The leaky bucket of one key, as a meter (Turner 1986): hits are water in a bucket of `burst`
/// that leaks `limit` per window, or per window of the calendar, each at its own rate. Its room is
/// a token bucket; it differs when options change: what still fits stays, and no more than the
/// smaller bucket holds. A bucket that was made larger and is made smaller again is as before: its
/// room is that of the smaller one, and more by the difference. Thread-safety: plain value.
class LeakyBucket {
 public:
  /// Moves to `at`, or stays where it is when `at` is older; the time at which it is then.
  Duration advance(const RateLimiterOptions& options, Duration at);
  /// The newest time it has seen; `Duration::min()`: none.
  [[nodiscard]] Duration newest() const { return room_.newest(); }
  /// Units that fit now.
  [[nodiscard]] std::int64_t room(const RateLimiterOptions& options) const {
    return std::max(room_.room(options), room_.earned() + grown_);
  }
  /// Counts units, whether they fit or not; fewer than zero give back.
  void take(const RateLimiterOptions& options, std::int64_t hits) {
    room_.take(within(options, newest()), hits);
  }
  /// How long until so many fit that do not now.
  [[nodiscard]] Duration wait_for(const RateLimiterOptions& options, std::int64_t hits) const;
  /// How long until it is as if never used.
  [[nodiscard]] Duration reset_after(const RateLimiterOptions& options) const;
  /// Goes on under other options: the room shrinks to the new bucket, or grows by the difference.
  void change(const RateLimiterOptions& before, const RateLimiterOptions& after);
  /// Moves all times.
  void move(Duration by, const RateLimiterOptions& options);
  /// Writes what it has counted.
  void save(LimiterState& state) const;
  /// Takes over what was written; false when that cannot be.
  [[nodiscard]] bool restore(const RateLimiterOptions& options, const LimiterState& state);
  [[nodiscard]] std::size_t heap_bytes() const { return 0; }

 private:
  /// The token bucket as of `at`: its size, and its rate then.
  [[nodiscard]] RateLimiterOptions within(const RateLimiterOptions& options, Duration at) const;
  void cross_borders(const RateLimiterOptions& options, Duration at);
  [[nodiscard]] std::int64_t missing(const RateLimiterOptions& options, std::int64_t hits) const;

  TokenBucket room_;  // of the smallest bucket since it was last full
  std::uint32_t grown_ = 0;
};

}  // namespace kith::limiting
