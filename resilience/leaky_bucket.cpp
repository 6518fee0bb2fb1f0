// SPDX-License-Identifier: Apache-2.0
#include "resilience/leaky_bucket.hpp"

#include <algorithm>

#include "resilience/calendar.hpp"
#include "resilience/limiter_time.hpp"

namespace kith::limiting {
namespace {

/// Returns whether windows differ in length and therefore in rate.
bool rates_differ(const RateLimiterOptions& options) {
  return options.calendar == CalendarUnit::month || options.calendar == CalendarUnit::year;
}

}  // namespace

RateLimiterOptions LeakyBucket::within(const RateLimiterOptions& options, Duration at) const {
  RateLimiterOptions inner = options;
  inner.burst = bucket_size(options) - grown_;
  if (options.calendar != CalendarUnit::none) {
    inner.window = calendar_window(options.calendar, at).length();
  }
  return inner;
}

Duration LeakyBucket::advance(const RateLimiterOptions& options, Duration at) {
  const bool used = newest() != Duration::min();
  if (used && rates_differ(options)) cross_borders(options, at);
  const Duration now = room_.advance(within(options, std::max(newest(), at)), at);
  if (grown_ > 0 && room_.is_full(within(options, now))) {
    grown_ = 0;
    room_.fill(options);
  }
  return now;
}

/// Advances to the last calendar border before `at`, leaking in each window at its own rate.
void LeakyBucket::cross_borders(const RateLimiterOptions& options, Duration at) {
  CalendarWindow here = calendar_window(options.calendar, newest());
  while (here.end <= at && here.end > newest()) {  // the calendar has a last window
    room_.advance(within(options, newest()), here.end);
    const CalendarWindow next = calendar_window(options.calendar, here.end);
    room_.rescale(here.length(), next.length());
    here = next;
  }
}

/// Returns the units that must leak until `hits` fit. Beyond the size of the room bucket only
/// consumption counts, not its debt.
std::int64_t LeakyBucket::missing(const RateLimiterOptions& options, std::int64_t hits) const {
  const std::int64_t consumed = hits - grown_ - room_.earned();
  const bool fits_in_smaller = hits <= std::int64_t{bucket_size(options) - grown_};
  return fits_in_smaller ? std::min(consumed, hits - room_.room(options)) : consumed;
}

Duration LeakyBucket::wait_for(const RateLimiterOptions& options, std::int64_t hits) const {
  if (hits > std::int64_t{bucket_size(options)} || options.limit == 0) return Duration::max();
  LeakyBucket then(*this);
  while (then.room(options) < hits) {
    const Duration wait =
        then.room_.wait_for_more(within(options, then.newest()), then.missing(options, hits));
    if (!rates_differ(options)) return wait;
    const CalendarWindow here = calendar_window(options.calendar, then.newest());
    const Duration fits = later(then.newest(), wait);
    const bool is_last = here.end <= then.newest();
    if (fits <= here.end || is_last) return at_most_max(elapsed(newest(), fits));
    then.advance(options, here.end);
  }
  return at_most_max(elapsed(newest(), then.newest()));
}

Duration LeakyBucket::reset_after(const RateLimiterOptions& options) const {
  const RateLimiterOptions inner = within(options, newest());
  const bool leaks = room_.earned() < std::int64_t{bucket_size(inner)} && options.limit > 0;
  if (!leaks || !rates_differ(options)) return room_.reset_after(inner);
  // It is idle once the whole size fits; room that was never earned must not count for that.
  LeakyBucket consumed(*this);
  consumed.room_.forget_room();
  return consumed.wait_for(options, bucket_size(options));
}

void LeakyBucket::change(const RateLimiterOptions& before, const RateLimiterOptions& after) {
  const RateLimiterOptions inner = within(before, newest());
  const std::uint32_t size = bucket_size(after);
  if (size >= bucket_size(inner) && bucket_size(inner) > 0) {
    grown_ = size - bucket_size(inner);
    room_.rescale(inner.window, within(after, newest()).window);
    return;
  }
  grown_ = 0;
  room_.cut(inner, within(after, newest()));
}

void LeakyBucket::move(Duration by, const RateLimiterOptions& options) {
  const Duration before = within(options, newest()).window;
  room_.move(by, options);
  room_.rescale(before, within(options, newest()).window);
}

void LeakyBucket::save(LimiterState& state) const {
  room_.save(state);
  if (grown_ > 0) state.grown = grown_;
}

bool LeakyBucket::restore(const RateLimiterOptions& options, const LimiterState& state) {
  const std::uint32_t grown = state.grown.value_or(0);
  if (grown > 0 && grown >= bucket_size(options)) return false;
  grown_ = grown;
  const RateLimiterOptions inner = within(options, state.newest);
  if (!rates_differ(options)) return room_.restore(inner, state);
  // `LimiterState::move_to` may have shifted it into a shorter calendar window.
  LimiterState moved = state;
  moved.part = std::min(moved.part, nanoseconds(inner.window) - 1);
  return room_.restore(inner, moved);
}

}  // namespace kith::limiting
