// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>

namespace kith {

using Duration = std::chrono::nanoseconds;

/// A point on a node's own steady clock, without meaning on another node.
using TimePoint = std::chrono::time_point<std::chrono::steady_clock, Duration>;
/// A point in calendar time (UTC).
using WallTime = std::chrono::time_point<std::chrono::system_clock, Duration>;

/// Returns `now + wait`, or the maximum time point if the sum overflows. `now` must not be before
/// the clock's epoch; `wait` may be negative.
template <typename C>
[[nodiscard]] constexpr std::chrono::time_point<C, Duration> deadline_after(
    std::chrono::time_point<C, Duration> now, Duration wait) {
  using Point = std::chrono::time_point<C, Duration>;
  return wait < Point::max() - now ? now + wait : Point::max();
}

/// Reads the time. All of kith reads it through a `Clock` that it is given, so that tests and
/// simulations can supply their own. Thread-safety: all functions may be called from any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  /// Returns steady time: it never goes backwards and is unrelated to the calendar.
  [[nodiscard]] virtual TimePoint now() const = 0;
  /// Returns calendar time, which may jump.
  [[nodiscard]] virtual WallTime wall() const = 0;
};

/// Reads the machine's clocks. Thread-safety: stateless.
class SystemClock final : public Clock {
 public:
  [[nodiscard]] TimePoint now() const override;
  [[nodiscard]] WallTime wall() const override;
};

/// A clock that moves only when `advance` is called, for tests and simulations.
/// Thread-safety: none; it belongs to the one thread that drives the simulation.
///
///     ManualClock clock;
///     RateLimiter limiter({.limit = 1, .window = 60s}, clock);
///     auto first = limiter.check("ann");   // admitted
///     clock.advance(60s);
///     auto second = limiter.check("ann");  // admitted: a new window
class ManualClock final : public Clock {
 public:
  /// Starts at a steady time of one hour and at `wall`.
  explicit ManualClock(WallTime wall = WallTime{std::chrono::seconds{1'700'000'000}})
      : wall_(wall) {}
  [[nodiscard]] TimePoint now() const override { return now_; }
  [[nodiscard]] WallTime wall() const override { return wall_; }
  /// Moves both times forward by `by` (not negative), at most to their maximum.
  void advance(Duration by) {
    now_ = deadline_after(now_, by);
    wall_ = deadline_after(wall_, by);
  }

 private:
  TimePoint now_{std::chrono::hours{1}};
  WallTime wall_;
};

}  // namespace kith
