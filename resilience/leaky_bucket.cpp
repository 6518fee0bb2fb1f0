#include "resilience/leaky_bucket.hpp"

#include <algorithm>

#include "resilience/calendar.hpp"
#include "resilience/limiter_time.hpp"

namespace kith::limiting {

Duration LeakyBucket::advance(const RateLimiterOptions& options, Duration at) {
  newest_ = std::max(newest_, at);
  return room_.advance(at_present_rate(options), newest_);
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
  return room_.restore(at_present_rate(options), state);
}

}  // namespace kith::limiting
