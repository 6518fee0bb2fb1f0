#pragma once

#include <chrono>
#include <cstdint>

namespace kith {

using Duration = std::chrono::nanoseconds;

/// A point on a node's own steady clock; meaningless on another node.
using TimePoint = std::chrono::time_point<std::chrono::steady_clock, Duration>;
/// A point in calendar time (UTC).
using WallTime = std::chrono::time_point<std::chrono::system_clock, Duration>;

/// The instant so long after another; the end of time when it would lie beyond. `now` is not before
/// the clock's zero; `wait` may be negative.
template <typename C>
[[nodiscard]] constexpr std::chrono::time_point<C, Duration> deadline_after(
    std::chrono::time_point<C, Duration> now, Duration wait) {
  using Point = std::chrono::time_point<C, Duration>;
  return wait < Point::max() - now ? now + wait : Point::max();
}

/// The door to time. Everything in kith reads time through one of these that was handed in.
/// Thread-safety: all functions may be called from any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  /// Steady time: never goes backwards, unrelated to the calendar.
  [[nodiscard]] virtual TimePoint now() const = 0;
  /// Calendar time: may jump.
  [[nodiscard]] virtual WallTime wall() const = 0;
};

/// The machine's clocks. Thread-safety: stateless.
class SystemClock final : public Clock {
 public:
  [[nodiscard]] TimePoint now() const override;
  [[nodiscard]] WallTime wall() const override;
};

/// A clock that stands still until it is told to move: for tests and simulation.
/// Thread-safety: none; it belongs to the one thread that drives the simulation.
class ManualClock final : public Clock {
 public:
  /// Starts at a steady time of one hour and at `wall`.
  explicit ManualClock(WallTime wall = WallTime{std::chrono::seconds{1'700'000'000}})
      : wall_(wall) {}
  [[nodiscard]] TimePoint now() const override { return now_; }
  [[nodiscard]] WallTime wall() const override { return wall_; }
  /// Moves both clocks forward by `by` (not negative), at most to the end of time.
  void advance(Duration by) {
    now_ = deadline_after(now_, by);
    wall_ = deadline_after(wall_, by);
  }

 private:
  TimePoint now_{std::chrono::hours{1}};
  WallTime wall_;
};

}  // namespace kith
