// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>

#include "core/clock.hpp"
#include "resilience/keyed_limiter.hpp"

/// The wall clock of limits with calendar windows.
namespace kith {

/// Returns whether the clock was set back since it showed `newest`. Differences below a second
/// count as jitter.
inline bool is_set_back(Duration newest, Duration reading) {
  return reading < newest && newest - reading >= std::chrono::seconds(1);
}

/// Returns the time of a limiter whose clock showed `newest` and now shows `reading`. It is
/// monotonic unless the clock was set back; small steps back are waited out at `newest`.
inline Duration wall_time(KeyedLimiter& limiter, Duration& newest, Duration reading) {
  if (is_set_back(newest, reading)) {
    limiter.set_back(reading);
    newest = reading;
  }
  return newest = std::max(newest, reading);
}

}  // namespace kith
