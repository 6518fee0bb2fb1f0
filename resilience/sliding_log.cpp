// SPDX-License-Identifier: Apache-2.0
#include "resilience/sliding_log.hpp"

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "resilience/limiter_time.hpp"

namespace kith::limiting {
namespace {

/// Returns the bytes of a word: enough for twice the window and the bit that marks a pair.
std::uint8_t width_for(Duration window) {
  std::uint8_t width = 4;
  while (width < 8 && nanoseconds(window) > std::uint64_t{1} << (8U * width - 2U)) ++width;
  return width;
}

/// Words are read and written eight bytes at a time, so the ring ends with room for one overrun.
constexpr std::size_t padding = sizeof(std::uint64_t);

std::uint64_t load(const unsigned char* place) {
  std::uint64_t value = 0;
  std::memcpy(&value, place, sizeof(value));
  return value;
}

std::uint64_t low_bytes(std::uint8_t width) {
  return ~std::uint64_t{0} >> (64U - 8U * width);
}

}  // namespace

// Encoding: a word is the time of an entry without its high bits. The top bit marks a pair, whose
// second word is the number of units; without it the entry is one unit.

SlidingLog::SlidingLog(const SlidingLog& other)
    : capacity_(other.capacity_),
      first_(other.first_),
      words_(other.words_),
      units_(other.units_),
      oldest_word_(other.oldest_word_),
      last_time_(other.last_time_),
      newest_(other.newest_),
      credited_(other.credited_),
      credit_(other.credit_),
      width_(other.width_),
      last_is_pair_(other.last_is_pair_) {
  if (capacity_ == 0) return;
  ring_ = std::make_unique<unsigned char[]>(heap_bytes());
  std::memcpy(ring_.get(), other.ring_.get(), heap_bytes());
}

SlidingLog& SlidingLog::operator=(SlidingLog other) noexcept {
  ring_ = std::move(other.ring_);
  capacity_ = other.capacity_;
  first_ = other.first_;
  words_ = other.words_;
  units_ = other.units_;
  oldest_word_ = other.oldest_word_;
  last_time_ = other.last_time_;
  newest_ = other.newest_;
  credited_ = other.credited_;
  credit_ = other.credit_;
  width_ = other.width_;
  last_is_pair_ = other.last_is_pair_;
  return *this;
}

std::uint64_t SlidingLog::word(std::uint32_t index) const {
  index += first_;
  if (index >= capacity_) index -= capacity_;
  return load(ring_.get() + std::size_t{index} * width_) & low_bytes(width_);
}

void SlidingLog::set_word(std::uint32_t index, std::uint64_t value) {
  if (index == 0) oldest_word_ = value & low_bytes(width_);
  index += first_;
  if (index >= capacity_) index -= capacity_;
  unsigned char* place = ring_.get() + std::size_t{index} * width_;
  const std::uint64_t others = load(place) & ~low_bytes(width_);
  value = others | (value & low_bytes(width_));
  std::memcpy(place, &value, sizeof(value));
}

SlidingLog::Entry SlidingLog::entry(std::uint32_t index) const {
  const std::uint64_t value = index == 0 ? oldest_word_ : word(index);
  const std::uint64_t age = (nanoseconds(newest_) - value) & mask();
  const bool pair = (value & (mask() + 1)) != 0;
  return {age, pair ? static_cast<std::uint32_t>(word(index + 1)) : 1, pair ? 2U : 1U};
}

std::uint64_t SlidingLog::newest_age() const {
  return (nanoseconds(newest_) - last_time_) & mask();
}

void SlidingLog::clear() {
  first_ = words_ = units_ = 0;
  last_is_pair_ = false;
}

Duration SlidingLog::advance(const RateLimiterOptions& options, Duration at) {
  const std::uint64_t window = nanoseconds(options.window);
  if (width_ == 0) {
    width_ = width_for(options.window);
    newest_ = at;
    return at;
  }
  if (at > newest_) {
    // All entries have expired. They must go now, because their ages would not be exact any more.
    if (elapsed(newest_, at) >= window) clear();
    newest_ = at;
  }
  while (words_ > 0) {
    const Entry oldest = entry(0);
    if (oldest.age < window) break;
    first_ += oldest.words;
    if (first_ >= capacity_) first_ -= capacity_;
    words_ -= oldest.words;
    units_ -= oldest.units;
    if (words_ > 0) oldest_word_ = word(0);
  }
  if (credit_ > 0 && elapsed(credited_, newest_) >= window) credit_ = 0;
  return newest_;
}

std::int64_t SlidingLog::room(const RateLimiterOptions& options) const {
  // A lowered limit may be below the units admitted before.
  return std::int64_t{options.limit - std::min(units_, options.limit)} + credit_;
}

void SlidingLog::take(const RateLimiterOptions& options, std::int64_t hits) {
  if (hits < 0) return take_back(static_cast<std::uint64_t>(-hits));
  const auto from_credit = std::min<std::int64_t>(hits, credit_);
  credit_ -= static_cast<std::uint32_t>(from_credit);
  if (hits > from_credit) log(options, static_cast<std::uint32_t>(hits - from_credit));
}

void SlidingLog::log(const RateLimiterOptions& options, std::uint32_t units) {
  const bool same_time = words_ > 0 && newest_age() == 0;
  const std::uint32_t capacity_max = std::max(options.limit, 2U) + 2U;
  units_ += units;
  if (same_time && last_is_pair_) {
    set_word(words_ - 1, word(words_ - 1) + units);
  } else if (same_time) {
    set_word(words_ - 1, word(words_ - 1) | (mask() + 1));
    append(std::uint64_t{units} + 1, capacity_max);
    last_is_pair_ = true;
  } else {
    const std::uint64_t time = nanoseconds(newest_) & mask();
    last_time_ = time;
    last_is_pair_ = units > 1;
    append(last_is_pair_ ? time | (mask() + 1) : time, capacity_max);
    if (last_is_pair_) append(units, capacity_max);
  }
}

void SlidingLog::append(std::uint64_t value, std::uint32_t capacity_max) {
  if (words_ == capacity_) {
    // Grow by half (less memory than doubling), but not beyond what the limit can fill.
    std::uint32_t grown = std::max(4U, capacity_ + capacity_ / 2);
    if (capacity_ < capacity_max) grown = std::min(grown, capacity_max);
    auto ring = std::make_unique<unsigned char[]>(std::size_t{grown} * width_ + padding);
    const std::uint32_t to_end = std::min(words_, capacity_ - first_);
    if (words_ > 0) {
      std::memcpy(ring.get(), ring_.get() + std::size_t{first_} * width_,
                  std::size_t{to_end} * width_);
      std::memcpy(ring.get() + std::size_t{to_end} * width_, ring_.get(),
                  std::size_t{words_ - to_end} * width_);
    }
    ring_ = std::move(ring);
    first_ = 0;
    capacity_ = grown;
  }
  set_word(words_++, value);
}

void SlidingLog::take_back(std::uint64_t units) {
  // The newest entries are removed first, but the walk starts at the oldest: read backwards, the
  // second word of a pair could not be told from a time.
  std::uint64_t keep = units_ - std::min<std::uint64_t>(units, units_);
  const std::uint64_t surplus = units - (units_ - keep);
  units_ = static_cast<std::uint32_t>(keep);
  std::uint32_t index = 0;
  while (index < words_ && keep > 0) {
    const Entry found = entry(index);
    last_is_pair_ = found.words == 2;
    last_time_ = (nanoseconds(newest_) - found.age) & mask();
    if (found.units > keep) set_word(index + 1, keep);
    keep -= std::min<std::uint64_t>(keep, found.units);
    index += found.words;
  }
  words_ = index;
  if (words_ == 0) last_is_pair_ = false;
  if (surplus == 0) return;
  credit_ =
      static_cast<std::uint32_t>(std::min<std::uint64_t>(credit_ + surplus, limiter_limit_max));
  credited_ = newest_;
}

Duration SlidingLog::wait_for(const RateLimiterOptions& options, std::int64_t hits) const {
  if (hits > std::int64_t{options.limit} + credit_) return Duration::max();
  // Credit may expire before old hits do, so the units must fit exactly when an entry expires.
  const auto fits_at = [&](std::uint64_t wait, std::uint64_t gone) {
    const bool credit =
        credit_ > 0 && elapsed(credited_, newest_) + wait < nanoseconds(options.window);
    const std::int64_t left =
        std::int64_t{options.limit} - (std::int64_t{units_} - static_cast<std::int64_t>(gone));
    return std::max<std::int64_t>(left, 0) + (credit ? credit_ : 0) >= hits;
  };
  std::uint64_t gone = 0;
  for (std::uint32_t index = 0; index < words_;) {
    const Entry oldest = entry(index);
    index += oldest.words;
    gone += oldest.units;
    const std::uint64_t wait = nanoseconds(options.window) - oldest.age;
    if (fits_at(wait, gone)) return Duration(static_cast<Duration::rep>(wait));
  }
  return Duration::max();
}

Duration SlidingLog::reset_after(const RateLimiterOptions& options) const {
  std::uint64_t wait = 0;
  const std::uint64_t window = nanoseconds(options.window);
  if (words_ > 0) wait = window - newest_age();
  if (credit_ > 0) wait = std::max(wait, window - elapsed(credited_, newest_));
  return Duration(static_cast<Duration::rep>(wait));
}

void SlidingLog::change(const RateLimiterOptions&, const RateLimiterOptions& after) {
  if (width_ != 0 && width_for(after.window) != width_) write_anew(after, newest_);
}

void SlidingLog::move(Duration by, const RateLimiterOptions& options) {
  credited_ = moved(credited_, by);
  if (width_ != 0) write_anew(options, moved(newest_, by));
}

/// Rewrites all entries relative to another newest time, with the width of the options' window.
void SlidingLog::write_anew(const RateLimiterOptions& options, Duration newest) {
  std::vector<Entry> entries;
  for (std::uint32_t index = 0; index < words_; index += entries.back().words) {
    entries.push_back(entry(index));
  }
  clear();
  ring_.reset();
  capacity_ = 0;
  width_ = width_for(options.window);
  for (const Entry& old : entries) {
    if (old.age >= nanoseconds(options.window)) continue;
    newest_ = Duration(static_cast<Duration::rep>(nanoseconds(newest) - old.age));
    log(options, old.units);
  }
  newest_ = newest;
}

void SlidingLog::save(LimiterState& state) const {
  state.newest = newest_;
  state.credit = credit_;
  state.credited = credited_;
  for (std::uint32_t index = 0; index < words_;) {
    const Entry found = entry(index);
    state.log.emplace_back(static_cast<Duration::rep>(nanoseconds(newest_) - found.age));
    state.log_units.push_back(found.units);
    index += found.words;
  }
}

bool SlidingLog::restore(const RateLimiterOptions& options, const LimiterState& state) {
  if (state.credit < 0 || state.credit > std::int64_t{limiter_limit_max}) return false;
  if (state.log.size() != state.log_units.size() || state.credited > state.newest) return false;
  width_ = width_for(options.window);
  std::uint64_t units = 0;
  for (std::size_t i = 0; i < state.log.size(); ++i) {
    units += state.log_units[i];
    const bool in_order = i == 0 || state.log[i - 1] <= state.log[i];
    if (!in_order || state.log[i] > state.newest || state.log_units[i] == 0) return false;
    if (units > limiter_limit_max) return false;
    if (elapsed(state.log[i], state.newest) >= nanoseconds(options.window)) continue;
    newest_ = state.log[i];
    log(options, state.log_units[i]);
  }
  newest_ = state.newest;
  credit_ = static_cast<std::uint32_t>(state.credit);
  credited_ = state.credited;
  return true;
}

}  // namespace kith::limiting
