#include "resilience/fixed_window.hpp"

#include <algorithm>

#include "resilience/calendar.hpp"
#include "resilience/limiter_time.hpp"

namespace kith::limiting {
namespace {

std::uint64_t length_of(const RateLimiterOptions& options, Duration begin) {
  const bool calendar = options.calendar != CalendarUnit::none;
  return nanoseconds(calendar ? calendar_window(options.calendar, begin).length() : options.window);
}

/// How much of its window has passed.
std::uint64_t into_window(const RateLimiterOptions& options, Duration begin, Duration at) {
  const bool calendar = options.calendar != CalendarUnit::none;
  return elapsed(begin, calendar ? calendar_time(at) : at);
}

}  // namespace

Duration FixedWindow::advance(const RateLimiterOptions& options, Duration at) {
  newest_ = std::max(newest_, at);
  if (begun_ && into_window(options, begin_, newest_) >= length_of(options, begin_)) {
    begun_ = false;
    used_ = 0;
  }
  return newest_;
}

std::int64_t FixedWindow::room(const RateLimiterOptions& options) const {
  return std::clamp<std::int64_t>(std::int64_t{options.limit} - used_, 0, room_max);
}

void FixedWindow::take(const RateLimiterOptions& options, std::int64_t hits) {
  if (!begun_) {
    const bool calendar = options.calendar != CalendarUnit::none;
    begin_ = calendar ? calendar_window(options.calendar, newest_).begin : newest_;
    begun_ = true;
  }
  used_ = std::clamp<std::int64_t>(used_ + hits, -room_max, room_max);
}

Duration FixedWindow::wait_for(const RateLimiterOptions& options, std::int64_t hits) const {
  if (hits > std::int64_t{options.limit}) return Duration::max();
  return reset_after(options);
}

Duration FixedWindow::reset_after(const RateLimiterOptions& options) const {
  if (!begun_) return Duration::zero();
  return at_most_max(length_of(options, begin_) - into_window(options, begin_, newest_));
}

void FixedWindow::change(const RateLimiterOptions&, const RateLimiterOptions& after) {
  if (begun_ && after.calendar != CalendarUnit::none) {
    begin_ = calendar_window(after.calendar, newest_).begin;
  }
}

void FixedWindow::save(LimiterState& state) const {
  state.newest = newest_;
  state.units = used_;
  if (begun_) state.begin = begin_;
}

bool FixedWindow::restore(const RateLimiterOptions& options, const LimiterState& state) {
  if (state.units < -room_max || state.units > room_max) return false;
  const bool calendar = options.calendar != CalendarUnit::none;
  if (state.begin && *state.begin > state.newest && !calendar) return false;
  newest_ = state.newest;
  begun_ = state.begin.has_value();
  used_ = begun_ ? state.units : 0;
  begin_ = state.begin.value_or(Duration{});
  // Times may have been moved, and not by a whole window of the calendar.
  if (begun_ && calendar) {
    begin_ = calendar_window(options.calendar, newest_).begin;
  }
  return true;
}

}  // namespace kith::limiting
