#include "resilience/sliding_counter.hpp"

#include <algorithm>

#include "resilience/limiter_time.hpp"

namespace kith::limiting {
namespace {

/// The newest multiple of `window` that is not after `at`.
Duration floor_to(Duration window, Duration at) {
  Duration::rep rest = at.count() % window.count();
  if (rest < 0) rest += window.count();
  const std::uint64_t begin = nanoseconds(at) - static_cast<std::uint64_t>(rest);
  return Duration(static_cast<Duration::rep>(begin));  // before the edge of time it wraps
}

SignedWide wide(std::uint64_t value) {
  return static_cast<SignedWide>(value);
}

/// How far into a window `seen * (window - into) <= free * window` first holds; the window's
/// length when never in it.
std::uint64_t first_into(std::uint64_t window, std::int64_t seen, std::int64_t free) {
  if (free < 0) return window;
  if (seen <= free) return 0;
  return window - static_cast<std::uint64_t>(wide(window) * free / seen);
}

}  // namespace

Duration SlidingCounter::advance(const RateLimiterOptions& options, Duration at) {
  newest_ = used_ ? std::max(newest_, at) : at;
  used_ = true;
  if (options.window == Duration::zero()) {
    now_ = before_ = 0;
    return newest_;
  }
  const Duration begin = floor_to(options.window, newest_);
  if (begin == begin_) return newest_;
  const bool next = elapsed(begin_, begin) == nanoseconds(options.window);
  // Credit does not outlive its window.
  before_ = next ? std::max<std::int64_t>(now_, 0) : 0;
  now_ = 0;
  begin_ = begin;
  return newest_;
}

std::int64_t SlidingCounter::room(const RateLimiterOptions& options) const {
  const std::uint64_t window = nanoseconds(options.window);
  if (window == 0) return options.limit;
  const SignedWide seen = wide(window - elapsed(begin_, newest_)) * before_;
  const SignedWide left = wide(window) * (std::int64_t{options.limit} - now_) - seen;
  if (left < 0) return 0;
  return static_cast<std::int64_t>(std::min<SignedWide>(left / wide(window), room_max));
}

void SlidingCounter::take(const RateLimiterOptions&, std::int64_t hits) {
  now_ = std::clamp<std::int64_t>(now_ + hits, -room_max, room_max);
}

Duration SlidingCounter::wait_for(const RateLimiterOptions& options, std::int64_t hits) const {
  const std::int64_t limit = options.limit;
  const std::int64_t credit = std::max<std::int64_t>(-now_, 0);
  if (hits > limit + credit) return Duration::max();
  const std::uint64_t window = nanoseconds(options.window);
  const std::uint64_t into = elapsed(begin_, newest_);
  const std::uint64_t here = first_into(window, before_, limit - now_ - hits);
  if (here < window) return at_most_max(here - std::min(here, into));
  if (hits > limit) return Duration::max();
  const std::uint64_t there = first_into(window, std::max<std::int64_t>(now_, 0), limit - hits);
  return at_most_max(Wide{window - into} + there);
}

Duration SlidingCounter::reset_after(const RateLimiterOptions& options) const {
  const std::uint64_t to_end = nanoseconds(options.window) - elapsed(begin_, newest_);
  if (options.window == Duration::zero()) return Duration::zero();
  if (now_ > 0) return at_most_max(Wide{to_end} + nanoseconds(options.window));
  return now_ < 0 || before_ > 0 ? at_most_max(to_end) : Duration::zero();
}

void SlidingCounter::change(const RateLimiterOptions& before, const RateLimiterOptions& after) {
  if (before.window == after.window || after.window == Duration::zero()) return;
  const std::int64_t seen =
      std::int64_t{limiter_limit_max} - room({.limit = limiter_limit_max, .window = before.window});
  now_ = seen;
  before_ = 0;
  begin_ = floor_to(after.window, newest_);
}

void SlidingCounter::save(LimiterState& state) const {
  state.newest = newest_;
  state.units = now_;
  state.before = before_;
}

bool SlidingCounter::restore(const RateLimiterOptions& options, const LimiterState& state) {
  const auto countable = [](std::int64_t units) { return units >= -room_max && units <= room_max; };
  if (!countable(state.units) || !countable(state.before) || state.before < 0) return false;
  used_ = true;
  newest_ = state.newest;
  if (options.window != Duration::zero()) begin_ = floor_to(options.window, newest_);
  now_ = state.units;
  before_ = state.before;
  return true;
}

}  // namespace kith::limiting
