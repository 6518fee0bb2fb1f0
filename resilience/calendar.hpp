// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/clock.hpp"
#include "resilience/limiter_options.hpp"

namespace kith::limiting {

/// Represents a calendar window [begin, end). Thread-safety: plain value.
struct CalendarWindow {
  Duration begin{};
  Duration end{};
  [[nodiscard]] Duration length() const { return end - begin; }
};

/// Clamps a time to about 1700 to 2250, so that calendar windows fit in 64-bit nanoseconds.
[[nodiscard]] Duration calendar_time(Duration at);

/// Returns the calendar window (UTC) that contains `calendar_time(at)`, a time since 1970. `unit`
/// must not be none.
[[nodiscard]] CalendarWindow calendar_window(CalendarUnit unit, Duration at);

}  // namespace kith::limiting
