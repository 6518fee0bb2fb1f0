// SPDX-License-Identifier: Apache-2.0
#include "resilience/sliding_counter.hpp"

#include <algorithm>

#include "resilience/limiter_time.hpp"

namespace kith::limiting {
namespace {

/// Returns the largest multiple of `window` that is not after `at`.
Duration floor_to(Duration window, Duration at) {
  Duration::rep rest = at.count() % window.count();
  if (rest < 0) rest += window.count();
  const std::uint64_t begin = nanoseconds(at) - static_cast<std::uint64_t>(rest);
  return Duration(static_cast<Duration::rep>(begin));  // wraps below Duration::min()
}

SignedWide wide(std::uint64_t value) {
  return static_cast<SignedWide>(value);
}

/// Returns the smallest `into` in [0, window] for which `seen * (window - into) <= free * window`
/// holds; `window` if there is none.
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
    fade_length_ = {};
    return newest_;
  }
  const Duration begin = floor_to(options.window, newest_);
  if (begin == begin_) return newest_;
  const bool next = elapsed(begin_, begin) == nanoseconds(options.window);
  // A negative count is credit, which does not outlive its window.
  before_ = next ? after_next_border(fade_left(options.window, begin)) : 0;
  now_ = 0;
  fade_length_ = {};
  begin_ = begin;
  return newest_;
}

/// Returns how long after `at` the previous count is still visible.
std::uint64_t SlidingCounter::fade_left(Duration window, Duration at) const {
  const bool regular = fade_length_ == Duration::zero();
  const std::uint64_t length = nanoseconds(regular ? window : fade_length_);
  const std::uint64_t left =
      regular ? length - std::min(elapsed(begin_, at), length) : elapsed(at, fade_end_);
  return left > length ? 0 : left;  // the end is before `at`
}

/// Returns the previous count after the end of the current window, when `left` of the fading time
/// of `before_` remains. Rounds up, so that no unit becomes free early.
std::int64_t SlidingCounter::after_next_border(std::uint64_t left) const {
  const std::int64_t hits = std::max<std::int64_t>(now_, 0);
  if (fade_length_ == Duration::zero()) return hits;
  const SignedWide length = wide(nanoseconds(fade_length_));
  const auto seen = static_cast<std::int64_t>((wide(left) * before_ + length - 1) / length);
  return std::min(hits + seen, room_max);
}

std::int64_t SlidingCounter::room(const RateLimiterOptions& options) const {
  if (options.window == Duration::zero()) return options.limit;
  const SignedWide length = wide(nanoseconds(fade_length(options)));
  const SignedWide seen = wide(fade_left(options.window, newest_)) * before_;
  const SignedWide left = length * (std::int64_t{options.limit} - now_) - seen;
  if (left < 0) return 0;
  return static_cast<std::int64_t>(std::min<SignedWide>(left / length, room_max));
}

void SlidingCounter::take(const RateLimiterOptions&, std::int64_t hits) {
  now_ = std::clamp<std::int64_t>(now_ + hits, -room_max, room_max);
}

Duration SlidingCounter::wait_for(const RateLimiterOptions& options, std::int64_t hits) const {
  const std::int64_t limit = options.limit;
  const std::int64_t credit = std::max<std::int64_t>(-now_, 0);
  if (hits > limit + credit) return Duration::max();
  const std::uint64_t window = nanoseconds(options.window);
  const std::uint64_t to_end = window - elapsed(begin_, newest_);
  const std::uint64_t length = nanoseconds(fade_length(options));
  const std::uint64_t left = fade_left(options.window, newest_);
  const std::int64_t free = limit - now_ - hits;
  if (free >= 0) {
    const std::uint64_t here = left - std::min(left, length - first_into(length, before_, free));
    if (here < to_end) return at_most_max(here);
  }
  if (hits > limit) return Duration::max();
  const std::int64_t older = after_next_border(left - std::min(left, to_end));
  return at_most_max(Wide{to_end} + first_into(window, older, limit - hits));
}

Duration SlidingCounter::reset_after(const RateLimiterOptions& options) const {
  if (options.window == Duration::zero()) return Duration::zero();
  const std::uint64_t to_end = nanoseconds(options.window) - elapsed(begin_, newest_);
  const std::uint64_t left = before_ > 0 ? fade_left(options.window, newest_) : 0;
  if (now_ > 0 || left > to_end) return at_most_max(Wide{to_end} + nanoseconds(options.window));
  return at_most_max(now_ < 0 ? to_end : left);
}

void SlidingCounter::change(const RateLimiterOptions& before, const RateLimiterOptions& after) {
  if (before.window == after.window || after.window == Duration::zero()) return;
  if (before_ > 0 && fade_length_ == Duration::zero()) {
    fade_length_ = before.window;
    fade_end_ = moved(begin_, before.window);
  }
  begin_ = floor_to(after.window, newest_);
  const bool regular = fade_length_ == after.window && fade_end_ == moved(begin_, after.window);
  if (regular || before_ == 0) fade_length_ = {};
}

void SlidingCounter::move(Duration by, const RateLimiterOptions& options) {
  newest_ = moved(newest_, by);
  fade_end_ = moved(fade_end_, by);
  if (options.window == Duration::zero()) return;
  const Duration begin = floor_to(options.window, newest_);
  if (fade_length_ == Duration::zero() && before_ > 0 && begin != moved(begin_, by)) {
    fade_length_ = options.window;
    fade_end_ = moved(moved(begin_, options.window), by);
  }
  begin_ = begin;
}

void SlidingCounter::save(LimiterState& state) const {
  state.newest = newest_;
  state.units = now_;
  state.before = before_;
  if (fade_length_ == Duration::zero()) return;
  state.fade_length = fade_length_;
  state.fade_end = fade_end_;
}

bool SlidingCounter::restore(const RateLimiterOptions& options, const LimiterState& state) {
  const auto countable = [](std::int64_t units) { return units >= -room_max && units <= room_max; };
  if (!countable(state.units) || !countable(state.before) || state.before < 0) return false;
  fade_length_ = state.fade_length.value_or(Duration{});
  fade_end_ = state.fade_end.value_or(Duration{});
  if (fade_length_ < Duration::zero() || fade_length_ > limiter_window_max) return false;
  used_ = true;
  newest_ = state.newest;
  if (options.window != Duration::zero()) begin_ = floor_to(options.window, newest_);
  now_ = state.units;
  before_ = state.before;
  return true;
}

}  // namespace kith::limiting
