#pragma once

#include <cstdint>

#include "core/clock.hpp"
#include "resilience/limiter_state.hpp"
#include "resilience/token_bucket.hpp"

namespace kith::limiting {

/// The leaky bucket of one key, as a meter (Turner 1986): hits are water in a bucket of `burst`
/// that leaks `limit` per window, or per window of the calendar, each at its own rate. Its room is
/// a token bucket; it differs when options change: what still fits stays, and no more than the new
/// bucket holds. Thread-safety: plain value.
class LeakyBucket {
 public:
  /// Moves to `at`, or stays where it is when `at` is older; the time at which it is then.
  Duration advance(const RateLimiterOptions& options, Duration at);
  /// Units that fit now.
  [[nodiscard]] std::int64_t room(const RateLimiterOptions& options) const {
    return room_.room(options);
  }
  /// Counts units, whether they fit or not; fewer than zero give back.
  void take(const RateLimiterOptions& options, std::int64_t hits) { room_.take(options, hits); }
  /// How long until so many fit that do not now.
  [[nodiscard]] Duration wait_for(const RateLimiterOptions& options, std::int64_t hits) const;
  /// How long until it is as if never used.
  [[nodiscard]] Duration reset_after(const RateLimiterOptions& options) const;
  /// Goes on under other options: the room shrinks to the new bucket, or grows by the difference.
  void change(const RateLimiterOptions& before, const RateLimiterOptions& after);
  /// Writes what it has counted.
  void save(LimiterState& state) const;
  /// Takes over what was written; false when that cannot be.
  [[nodiscard]] bool restore(const RateLimiterOptions& options, const LimiterState& state);
  [[nodiscard]] std::size_t heap_bytes() const { return 0; }

 private:
  [[nodiscard]] RateLimiterOptions at_present_rate(RateLimiterOptions options) const;
  void cross_borders(const RateLimiterOptions& options, Duration at);

  TokenBucket room_;
  Duration newest_ = Duration::min();
};

}  // namespace kith::limiting
