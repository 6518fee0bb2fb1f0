#pragma once

#include "core/clock.hpp"
#include "resilience/limiter_options.hpp"

namespace kith::limiting {

/// A window of the calendar: [begin, end). Thread-safety: plain value.
struct CalendarWindow {
  Duration begin{};
  Duration end{};
  [[nodiscard]] Duration length() const { return end - begin; }
};

/// The time that counts: before 1700 and after 2250 these, since the calendar of others is outside
/// 64-bit nanoseconds.
[[nodiscard]] Duration calendar_time(Duration at);

/// The window of the calendar (UTC) that holds `calendar_time(at)`, a time since 1970. `unit` is
/// not none.
[[nodiscard]] CalendarWindow calendar_window(CalendarUnit unit, Duration at);

}  // namespace kith::limiting
