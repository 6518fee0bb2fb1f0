#pragma once

#include <cstdint>

#include "core/clock.hpp"
#include "resilience/limiter_options.hpp"
#include "resilience/limiter_state.hpp"

namespace kith::limiting {

/// The fixed window of one key: `limit` units from its first hit on until `window` has passed, or
/// in each window of the calendar. Around its border up to twice the limit is admitted within one
/// window's time. Thread-safety: plain value.
class FixedWindow {
 public:
  /// Moves to `at`, or stays where it is when `at` is older; the time at which it is then.
  Duration advance(const RateLimiterOptions& options, Duration at);
  /// The newest time it has seen; `Duration::min()`: none.
  [[nodiscard]] Duration newest() const { return newest_; }
  /// Units that fit now.
  [[nodiscard]] std::int64_t room(const RateLimiterOptions& options) const;
  /// Counts units, whether they fit or not; fewer than zero give back, also beyond the limit.
  void take(const RateLimiterOptions& options, std::int64_t hits);
  /// How long until so many fit that do not now.
  [[nodiscard]] Duration wait_for(const RateLimiterOptions& options, std::int64_t hits) const;
  /// How long until it is as if never used.
  [[nodiscard]] Duration reset_after(const RateLimiterOptions& options) const;
  /// Goes on under other options; what was counted stays counted: in the present window of the
  /// calendar when there is one now, in a new window when there was one and its first hit is too
  /// long ago.
  void change(const RateLimiterOptions& before, const RateLimiterOptions& after);
  /// Moves all times. What was counted stays counted, in the window of the calendar of then.
  void move(Duration by, const RateLimiterOptions& options);
  /// Writes what it has counted.
  void save(LimiterState& state) const;
  /// Takes over what was written; false when that cannot be.
  [[nodiscard]] bool restore(const RateLimiterOptions& options, const LimiterState& state);
  [[nodiscard]] std::size_t heap_bytes() const { return 0; }

 private:
  [[nodiscard]] bool is_over(const RateLimiterOptions& options) const;

  bool begun_ = false;
  std::int64_t used_ = 0;
  Duration begin_{};  // with a calendar: some time in the present window
  Duration newest_ = Duration::min();
};

}  // namespace kith::limiting
