// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>

#include "core/clock.hpp"

namespace kith {

/// Limits restarts to `max_restarts` in any period of `within` (sliding window).
/// Source: supervisor(3), "Tuning the intensity and period". Thread-safety: plain value.
class RestartIntensity {
 public:
  /// Stores at most `max_restarts` + 1 time points; reserves no memory up front.
  RestartIntensity(std::uint32_t max_restarts, Duration within)
      : max_restarts_(max_restarts), within_(within) {}

  /// Counts a restart at `now`; false if it exceeds the limit. `now` must not decrease.
  [[nodiscard]] bool allow(TimePoint now);
  [[nodiscard]] std::uint32_t max_restarts() const { return max_restarts_; }
  [[nodiscard]] Duration within() const { return within_; }

 private:
  std::uint32_t max_restarts_;
  Duration within_;
  std::deque<TimePoint> restarts_;
};

}  // namespace kith
