#pragma once

#include <cstdint>
#include <deque>

#include "core/clock.hpp"

namespace kith {

/// Counts restarts and says when there are too many: more than `max_restarts` in the last `within`.
/// Source: supervisor(3), "Tuning the intensity and period". Thread-safety: plain value.
class RestartIntensity {
 public:
  /// Keeps at most `max_restarts` + 1 points in time; nothing is reserved.
  RestartIntensity(std::uint32_t max_restarts, Duration within)
      : max_restarts_(max_restarts), within_(within) {}

  /// Counts a restart at `now`; false when it is one too many. `now` must not go backwards.
  [[nodiscard]] bool allow(TimePoint now);
  [[nodiscard]] std::uint32_t max_restarts() const { return max_restarts_; }
  [[nodiscard]] Duration within() const { return within_; }

 private:
  std::uint32_t max_restarts_;
  Duration within_;
  std::deque<TimePoint> restarts_;
};

}  // namespace kith
