#pragma once

#include <algorithm>
#include <chrono>

#include "core/clock.hpp"
#include "resilience/keyed_limiter.hpp"

/// The wall clock as limits with a calendar read it.
namespace kith {

/// Whether the clock was set back since it showed `newest`. One that is only a little late just
/// trembles.
inline bool is_set_back(Duration newest, Duration reading) {
  return reading < newest && newest - reading >= std::chrono::seconds(1);
}

/// The time of a limiter whose clock showed `newest` and now `reading`: does not go back, but when
/// the clock was set back. One that is only a little late is waited for.
inline Duration wall_time(KeyedLimiter& limiter, Duration& newest, Duration reading) {
  if (is_set_back(newest, reading)) {
    limiter.set_back(reading);
    newest = reading;
  }
  return newest = std::max(newest, reading);
}

}  // namespace kith
