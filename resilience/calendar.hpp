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

/// The window of the calendar (UTC) that holds `at`, the time since 1970. `unit` is not none. Times
/// before 1700 and after 2250 count as these: their calendar is outside 64-bit nanoseconds.
[[nodiscard]] CalendarWindow calendar_window(CalendarUnit unit, Duration at);

}  // namespace kith::limiting
