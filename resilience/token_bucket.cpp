// SPDX-License-Identifier: Apache-2.0
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
  // Full: no tokens flow in, and credit expires as a whole, one window after it was last given.
  if (tokens_ >= size && owed_ == 0) {
    if (tokens_ == size && !has_part()) return now;
    if (elapsed(credited_, now) >= window) overflow(size, 0, 0);
    return now;
  }
  if (window == 0) {  // refills and pays the debt at once
    overflow(size, owed_, 0);
    return now;
  }
  const Wide flowed = Wide{passed} * options.limit + part_;
  const Wide whole = Wide{static_cast<std::uint64_t>(tokens_)} + flowed / window;
  const auto part = static_cast<std::uint64_t>(flowed % window);
  if (whole >= static_cast<std::uint64_t>(size)) {
    overflow(size, whole - static_cast<std::uint64_t>(size), part);
  } else {
    tokens_ = static_cast<std::int64_t>(whole);
    part_ = part;
  }
  return now;
}

/// Fills the bucket; the overflow pays the debt.
void TokenBucket::overflow(std::int64_t size, Wide over, std::uint64_t part) {
  tokens_ = size;
  if (over < owed_) {
    owed_ -= static_cast<std::uint32_t>(over);
    part_ = part;
    return;
  }
  owed_ = 0;
  part_ = 0;
  rest_ = {};
}

void TokenBucket::take(const RateLimiterOptions& options, std::int64_t hits) {
  tokens_ = std::min(tokens_ - hits, room_max);
  if (tokens_ < 0) {  // the hits did not fit: the shortfall is owed
    owed_ = static_cast<std::uint32_t>(std::min(owed_ - tokens_, room_max));
    tokens_ = 0;
  }
  if (hits >= 0) return;
  const std::int64_t size = bucket_size(options);
  if (const std::int64_t paid = std::min<std::int64_t>(tokens_ - size, owed_); paid > 0) {
    tokens_ -= paid;
    owed_ -= static_cast<std::uint32_t>(paid);
  }
  if (has_credit(size)) credited_ = newest_;
}

Duration TokenBucket::wait_for_more(const RateLimiterOptions& options, std::int64_t units) const {
  if (options.limit == 0) return Duration::max();
  const Wide needed = Wide{static_cast<std::uint64_t>(units)} * nanoseconds(options.window) - part_;
  return at_most_max((needed + options.limit - 1) / options.limit);
}

Duration TokenBucket::reset_after(const RateLimiterOptions& options) const {
  const std::int64_t size = bucket_size(options);
  if (has_credit(size)) return rest_of(options.window, credited_, newest_);
  if (earned() >= size || options.window == Duration::zero()) return Duration::zero();
  return wait_for_more(options, size - earned());  // never with a limit of 0
}

void TokenBucket::change(const RateLimiterOptions& before, const RateLimiterOptions& after) {
  const std::int64_t grown = std::int64_t{bucket_size(after)} - std::int64_t{bucket_size(before)};
  change_to(std::max<std::int64_t>(tokens_ + grown, 0), grown);
  rescale(before.window, after.window);
}

void TokenBucket::cut(const RateLimiterOptions& before, const RateLimiterOptions& after) {
  const std::int64_t size = bucket_size(after);
  change_to(std::min(tokens_, size), size - std::int64_t{bucket_size(before)});
  rescale(before.window, after.window);
}

/// Sets `room` as the tokens of a bucket that shrank; a bucket that grew pays its debt first.
void TokenBucket::change_to(std::int64_t room, std::int64_t grown) {
  if (!used_) return;
  const std::int64_t earned = tokens_ - owed_ + grown;  // the new size minus consumption
  if (grown >= 0) room = tokens_;
  tokens_ = std::min(std::max(room, earned), room_max);
  owed_ = static_cast<std::uint32_t>(std::clamp<std::int64_t>(tokens_ - earned, 0, room_max));
}

void TokenBucket::rescale(Duration before, Duration after) {
  if (before == after) return;
  Mixed scaled;
  if (before > Duration::zero()) {
    scaled = rescaled({part_, rest_}, nanoseconds(before), nanoseconds(after));
  }
  part_ = scaled.whole;
  rest_ = after > Duration::zero() ? scaled.rest : Fraction{};
}

void TokenBucket::move(Duration by, const RateLimiterOptions&) {
  newest_ = moved(newest_, by);
  credited_ = moved(credited_, by);
}

void TokenBucket::save(LimiterState& state) const {
  state.newest = newest_;
  state.units = tokens_;
  state.part = part_;
  state.credited = credited_;
  if (owed_ > 0) state.owed = owed_;
  save_rest(rest_, state);
}

bool TokenBucket::restore(const RateLimiterOptions& options, const LimiterState& state) {
  const std::uint64_t window = nanoseconds(options.window);
  const bool whole_part = state.part != 0 && state.part >= window;
  if (state.units < 0 || state.units > room_max || whole_part) return false;
  const std::int64_t size = bucket_size(options);
  const std::int64_t owed = state.owed.value_or(0);
  if (owed < 0 || owed > room_max || (owed > 0 && state.units > size)) return false;
  const auto rest = restored_rest(state);
  if (!rest) return false;
  used_ = true;
  newest_ = state.newest;
  tokens_ = state.units;
  owed_ = static_cast<std::uint32_t>(owed);
  part_ = state.part;
  rest_ = *rest;
  credited_ = state.credited;
  return !has_credit(size) || credited_ <= newest_;
}

}  // namespace kith::limiting
