// SPDX-License-Identifier: Apache-2.0
#include "resilience/calendar.hpp"

#include <algorithm>
#include <chrono>

namespace kith::limiting {
namespace {

using std::chrono::days;
using std::chrono::sys_days;
using Day = std::chrono::sys_time<days>;

CalendarWindow from_to(Day begin, Day end) {
  return {begin.time_since_epoch(), end.time_since_epoch()};
}

template <typename Unit>
CalendarWindow floor_to(Duration at) {
  const auto begin = std::chrono::floor<Unit>(at);
  return {begin, begin + Unit(1)};
}

}  // namespace

Duration calendar_time(Duration at) {
  constexpr Duration year = std::chrono::hours(24 * 365);
  return std::clamp(at, -270 * year, 280 * year);
}

CalendarWindow calendar_window(CalendarUnit unit, Duration at) {
  at = calendar_time(at);
  const Day day{std::chrono::floor<days>(at)};
  const std::chrono::year_month_day date(day);
  switch (unit) {
    case CalendarUnit::none:
    case CalendarUnit::minute:
      return floor_to<std::chrono::minutes>(at);
    case CalendarUnit::hour:
      return floor_to<std::chrono::hours>(at);
    case CalendarUnit::day:
      return floor_to<days>(at);
    case CalendarUnit::week: {
      const Day monday = day - (std::chrono::weekday(day) - std::chrono::Monday);
      return from_to(monday, monday + days(7));
    }
    case CalendarUnit::month: {
      const auto month = date.year() / date.month();
      return from_to(sys_days(month / 1), sys_days((month + std::chrono::months(1)) / 1));
    }
    case CalendarUnit::year: {
      const auto next = date.year() + std::chrono::years(1);
      return from_to(sys_days(date.year() / 1 / 1), sys_days(next / 1 / 1));
    }
  }
  return floor_to<std::chrono::minutes>(at);
}

}  // namespace kith::limiting
