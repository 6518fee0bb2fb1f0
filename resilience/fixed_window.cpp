// SPDX-License-Identifier: Apache-2.0
#include "resilience/fixed_window.hpp"

#include <algorithm>

#include "resilience/calendar.hpp"
#include "resilience/limiter_time.hpp"

namespace kith::limiting {
namespace {

bool has_calendar(const RateLimiterOptions& options) {
  return options.calendar != CalendarUnit::none;
}

}  // namespace

Duration FixedWindow::advance(const RateLimiterOptions& options, Duration at) {
  newest_ = std::max(newest_, at);
  if (begun_ && is_over(options)) {
    begun_ = false;
    used_ = 0;
  }
  return newest_;
}

bool FixedWindow::is_over(const RateLimiterOptions& options) const {
  if (!has_calendar(options)) return elapsed(begin_, newest_) >= nanoseconds(options.window);
  return calendar_time(newest_) >= calendar_window(options.calendar, begin_).end;
}

std::int64_t FixedWindow::room(const RateLimiterOptions& options) const {
  return std::clamp<std::int64_t>(std::int64_t{options.limit} - used_, 0, room_max);
}

void FixedWindow::take(const RateLimiterOptions&, std::int64_t hits) {
  if (!begun_) {
    begin_ = newest_;
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
  if (!has_calendar(options)) {
    const std::uint64_t into = elapsed(begin_, newest_);
    return at_most_max(nanoseconds(options.window) - std::min(into, nanoseconds(options.window)));
  }
  return calendar_window(options.calendar, begin_).end - calendar_time(newest_);
}

void FixedWindow::change(const RateLimiterOptions& before, const RateLimiterOptions& after) {
  if (!begun_) return;
  if (has_calendar(after)) {
    begin_ = std::max(begin_, calendar_window(after.calendar, newest_).begin);
  } else if (has_calendar(before) && is_over(after)) {
    begin_ = newest_;
  }
}

void FixedWindow::move(Duration by, const RateLimiterOptions& options) {
  newest_ = moved(newest_, by);
  begin_ = moved(begin_, by);
  if (begun_ && has_calendar(options)) {  // the shift may have crossed a border
    begin_ = std::max(begin_, calendar_window(options.calendar, newest_).begin);
  }
}

void FixedWindow::save(LimiterState& state) const {
  state.newest = newest_;
  state.units = used_;
  if (begun_) state.begin = begin_;
}

bool FixedWindow::restore(const RateLimiterOptions& options, const LimiterState& state) {
  if (state.units < -room_max || state.units > room_max) return false;
  if (state.begin && *state.begin > state.newest && !has_calendar(options)) return false;
  newest_ = state.newest;
  begun_ = state.begin.has_value();
  used_ = begun_ ? state.units : 0;
  begin_ = state.begin.value_or(Duration{});
  // `LimiterState::move_to` may have shifted the times by less than a calendar window.
  if (begun_ && has_calendar(options)) {
    const CalendarWindow window = calendar_window(options.calendar, newest_);
    begin_ = std::clamp(begin_, window.begin, std::max(window.begin, newest_));
  }
  return true;
}

}  // namespace kith::limiting
