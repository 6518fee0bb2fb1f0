#include "resilience/token_bucket.hpp"

#include <algorithm>

#include "resilience/limiter_time.hpp"

namespace kith::limiting {

Duration TokenBucket::advance(const RateLimiterOptions& options, Duration at) {
  const std::int64_t size = bucket_size(options);
  if (!used_) {
    used_ = true;
    tokens_ = size;
    newest_ = at;
    return at;
  }
  const Duration now = std::max(newest_, at);
  const std::uint64_t passed = elapsed(newest_, now);
  const std::uint64_t window = nanoseconds(options.window);
  newest_ = now;
  if (tokens_ >= size) {
    if (elapsed(credited_, now) >= window) tokens_ = size;
    part_ = 0;
    return now;
  }
  if (window == 0) {
    tokens_ = size;
    return now;
  }
  const Wide flowed = Wide{passed} * options.limit + part_;
  const Wide whole = Wide{static_cast<std::uint64_t>(tokens_)} + flowed / window;
  const bool full = whole >= static_cast<std::uint64_t>(size);
  tokens_ = full ? size : static_cast<std::int64_t>(whole);
  part_ = full ? 0 : static_cast<std::uint64_t>(flowed % window);
  return now;
}

void TokenBucket::take(const RateLimiterOptions& options, std::int64_t hits) {
  tokens_ = std::clamp<std::int64_t>(tokens_ - hits, 0, room_max);
  if (hits < 0 && tokens_ > std::int64_t{bucket_size(options)}) credited_ = newest_;
}

Duration TokenBucket::wait_for(const RateLimiterOptions& options, std::int64_t hits) const {
  if (hits > std::int64_t{bucket_size(options)} || options.limit == 0) return Duration::max();
  const auto missing = static_cast<std::uint64_t>(hits - tokens_);
  const Wide needed = Wide{missing} * nanoseconds(options.window) - part_;
  return at_most_max((needed + options.limit - 1) / options.limit);
}

Duration TokenBucket::reset_after(const RateLimiterOptions& options) const {
  const std::int64_t size = bucket_size(options);
  if (tokens_ > size) return rest_of(options.window, credited_, newest_);
  if (tokens_ == size || options.limit == 0) return Duration::zero();
  return wait_for(options, size);
}

void TokenBucket::change(const RateLimiterOptions& before, const RateLimiterOptions& after) {
  const std::int64_t more = std::int64_t{bucket_size(after)} - std::int64_t{bucket_size(before)};
  tokens_ = std::clamp<std::int64_t>(tokens_ + more, 0, room_max);
  part_ = 0;
}

void TokenBucket::rescale(Duration before, Duration after) {
  const Wide part = Wide{part_} * nanoseconds(after) / nanoseconds(before);
  part_ = static_cast<std::uint64_t>(part);
}

void TokenBucket::cap(std::int64_t tokens_max) {
  tokens_ = std::min(tokens_, tokens_max);
  part_ = 0;
}

void TokenBucket::save(LimiterState& state) const {
  state.newest = newest_;
  state.units = tokens_;
  state.part = part_;
  state.credited = credited_;
}

bool TokenBucket::restore(const RateLimiterOptions& options, const LimiterState& state) {
  const std::uint64_t window = nanoseconds(options.window);
  const bool whole_part = state.part != 0 && state.part >= window;
  if (state.units < 0 || state.units > room_max || whole_part) return false;
  const bool credit = state.units > std::int64_t{bucket_size(options)};
  if (credit && state.credited > state.newest) return false;
  used_ = true;
  newest_ = state.newest;
  tokens_ = state.units;
  part_ = state.part;
  credited_ = state.credited;
  return true;
}

}  // namespace kith::limiting
