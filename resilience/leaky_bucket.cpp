#include "resilience/leaky_bucket.hpp"

#include <algorithm>

#include "resilience/calendar.hpp"
#include "resilience/limiter_time.hpp"

namespace kith::limiting {
namespace {

/// Windows of all other units are equally long, and so is the rate the same in all of them.
bool rates_differ(const RateLimiterOptions& options) {
  return options.calendar == CalendarUnit::month || options.calendar == CalendarUnit::year;
}

RateLimiterOptions at_rate_of(const CalendarWindow& window, RateLimiterOptions options) {
  options.window = window.length();
  return options;
}

}  // namespace

Duration LeakyBucket::advance(const RateLimiterOptions& options, Duration at) {
  const bool used = newest_ != Duration::min();
  if (used && rates_differ(options)) cross_borders(options, at);
  newest_ = std::max(newest_, at);
  return room_.advance(at_present_rate(options), newest_);
}

/// Comes to the last border before `at`, through each window at its own rate.
void LeakyBucket::cross_borders(const RateLimiterOptions& options, Duration at) {
  CalendarWindow here = calendar_window(options.calendar, newest_);
  while (here.end <= at && here.end > newest_) {  // the calendar has a last window
    newest_ = room_.advance(at_rate_of(here, options), here.end);
    const CalendarWindow next = calendar_window(options.calendar, here.end);
    room_.rescale(here.length(), next.length());
    here = next;
  }
}

Duration LeakyBucket::wait_for(const RateLimiterOptions& options, std::int64_t hits) const {
  const bool comes = hits <= std::int64_t{bucket_size(options)} && options.limit > 0;
  if (!comes || !rates_differ(options)) return room_.wait_for(at_present_rate(options), hits);
  LeakyBucket then(*this);
  while (then.room(options) < hits) {
    const CalendarWindow here = calendar_window(options.calendar, then.newest_);
    const Duration wait = then.room_.wait_for(at_rate_of(here, options), hits);
    const Duration fits = later(then.newest_, wait);
    const bool is_last = here.end <= then.newest_;
    if (fits <= here.end || is_last) return at_most_max(elapsed(newest_, fits));
    then.advance(options, here.end);
  }
  return at_most_max(elapsed(newest_, then.newest_));
}

Duration LeakyBucket::reset_after(const RateLimiterOptions& options) const {
  const std::int64_t size = bucket_size(options);
  const bool leaks = room_.room(options) < size && options.limit > 0;
  return leaks ? wait_for(options, size) : room_.reset_after(at_present_rate(options));
}

void LeakyBucket::change(const RateLimiterOptions& before, const RateLimiterOptions& after) {
  if (bucket_size(after) > bucket_size(before)) room_.change(before, after);
  room_.cap(bucket_size(after));
}

RateLimiterOptions LeakyBucket::at_present_rate(RateLimiterOptions options) const {
  if (options.calendar != CalendarUnit::none) {
    options.window = calendar_window(options.calendar, newest_).length();
  }
  return options;
}

void LeakyBucket::save(LimiterState& state) const {
  room_.save(state);
}

bool LeakyBucket::restore(const RateLimiterOptions& options, const LimiterState& state) {
  newest_ = state.newest;
  const RateLimiterOptions present = at_present_rate(options);
  if (!rates_differ(options)) return room_.restore(present, state);
  // It may have been moved into a shorter window.
  LimiterState moved = state;
  moved.part = std::min(moved.part, nanoseconds(present.window) - 1);
  return room_.restore(present, moved);
}

}  // namespace kith::limiting
