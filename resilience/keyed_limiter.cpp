// SPDX-License-Identifier: Apache-2.0
#include "resilience/keyed_limiter.hpp"

#include <algorithm>
#include <utility>

#include "core/limits.hpp"
#include "resilience/calendar.hpp"
#include "resilience/limiter_time.hpp"

namespace kith {
namespace {

constexpr std::size_t index_size_min = 16;
/// Changes kept for keys that were not used since. More memory, but fewer passes over all keys.
constexpr std::size_t definitions_max = 1024;
/// Tickets of restored states at or above this are ignored, so that the counter cannot overflow.
constexpr std::uint64_t tickets_max = std::uint64_t{1} << 62U;

/// Returns a tick of 1/64 of the window, so that the wheel of 128 lists spans two windows.
std::uint64_t tick_length(const RateLimiterOptions& options) {
  const Duration window = options.calendar == CalendarUnit::none
                              ? options.window
                              : limiting::calendar_window(options.calendar, {}).length();
  return std::max<std::uint64_t>(limiting::nanoseconds(window) / 64, 1);
}

std::uint32_t short_hash(std::uint64_t hash) {
  return static_cast<std::uint32_t>(hash);
}

}  // namespace

KeyedLimiter::KeyedLimiter(RateLimiterOptions options, std::size_t keys_max,
                           std::uint64_t last_ticket, Duration since)
    : keys_max_(keys_max),
      definitions_{{.options = options}},
      since_(since),
      index_(index_size_min),
      last_ticket_(last_ticket),
      tick_length_(tick_length(options)) {
  wheel_.fill(none);
}

Result<RateDecision> KeyedLimiter::check(std::string_view key, const LimitRequest& request,
                                         Duration at, std::uint64_t hash) {
  const auto index = find_or_make(key, at, hash);
  if (!index) return index.error();
  Slot& found = slot(*index);
  const std::uint64_t ticket =
      options().algorithm == LimiterAlgorithm::concurrency ? ++last_ticket_ : 0;
  const RateDecision decision = found.machine.check(options(), request, at, ticket);
  if (found.list == none) schedule(*index, limiting::later(at, decision.reset_after));
  return decision;
}

Result<RateDecision> KeyedLimiter::reserve(std::string_view key, std::int64_t hits,
                                           Duration hold_for, Duration at) {
  if (hits < 1 || hold_for <= Duration::zero()) {
    return {ErrorCode::invalid_argument,
            "a reservation needs at least one unit and a hold_for above zero"};
  }
  const auto index = find_or_make(key, at, stable_hash(key));
  if (!index) return index.error();
  Slot& found = slot(*index);
  const RateDecision decision =
      found.machine.reserve(options(), hits, hold_for, at, ++last_ticket_);
  if (found.list == none) schedule(*index, limiting::later(at, decision.reset_after));
  return decision;
}

bool KeyedLimiter::commit(std::string_view key, std::uint64_t ticket, Duration at) {
  Slot* found = find(key);
  return found != nullptr && found->machine.commit(options(), ticket, at);
}

bool KeyedLimiter::cancel(std::string_view key, std::uint64_t ticket, Duration at) {
  Slot* found = find(key);
  return found != nullptr && found->machine.cancel(options(), ticket, at);
}

RateDecision KeyedLimiter::look(std::string_view key, Duration at, Clock clock) const {
  const std::uint32_t known = index_[place_of(key, short_hash(stable_hash(key)))].slot;
  Slot copy;
  copy.machine = LimiterMachine(options());
  copy.definition = static_cast<std::uint32_t>(definitions_.size() - 1);
  if (known != none) copy = slot(known);
  convert(copy);
  if (clock == Clock::set_back) copy.machine.set_back(options(), at);
  RateDecision decision = copy.machine.check(options(), {.hits = 0}, at);
  const RateDecision one = copy.machine.check(options(), {.hits = 1}, at, last_ticket_ + 1);
  decision.admitted = one.admitted;
  decision.shadowed = one.shadowed;
  decision.retry_after = one.retry_after;
  decision.reset_at = one.reset_at;
  return decision;
}

void KeyedLimiter::change(const RateLimiterOptions& options, Duration at) {
  if (options == this->options()) return;
  since_ = at;
  define({.options = options, .since = at});
}

void KeyedLimiter::change_clock(Duration at, Duration then) {
  if (at == then) return;
  since_ = std::min(since_, then);
  define({.options = options(), .since = at, .kind = Definition::Kind::clock, .then = then});
}

void KeyedLimiter::set_back(Duration at) {
  since_ = std::min(since_, at);
  define({.options = options(), .since = at, .kind = Definition::Kind::set_back});
}

void KeyedLimiter::define(const Definition& definition) {
  definitions_.push_back(definition);
  tick_length_ = tick_length(definition.options);
  begun_ = false;  // the ticks have another length now; keys are checked a little early or late
  if (definitions_.size() <= definitions_max) return;
  // Convert all keys, so that the history can be dropped.
  for (const Place& place : index_) {
    if (place.slot == none) continue;
    convert(slot(place.slot));
    slot(place.slot).definition = 0;
  }
  definitions_ = {definitions_.back()};
}

std::size_t KeyedLimiter::forget_idle(Duration at, std::size_t keys_max) {
  begin_ticks(at);
  return sweep(at, tick_of(at), keys_max, keys_max);
}

bool KeyedLimiter::reset(std::string_view key) {
  const std::size_t place = place_of(key, short_hash(stable_hash(key)));
  if (index_[place].slot == none) return false;
  erase(index_[place].slot);
  return true;
}

std::optional<SavedLimit> KeyedLimiter::save(std::string_view key, Duration at) {
  Slot* found = find(key);
  if (found == nullptr || found->machine.idle(options(), at)) return std::nullopt;
  SavedLimit saved{.state = found->machine.save(options())};
  const Duration from = std::max(at, saved.state.newest);
  saved.idle_at = limiting::later(from, found->machine.idle_after(options()));
  return saved;
}

Result<void> KeyedLimiter::restore(std::string_view key, LimiterState state, Duration at,
                                   std::uint64_t hash) {
  for (const std::uint64_t ticket : state.tickets) {
    if (ticket < tickets_max) last_ticket_ = std::max(last_ticket_, ticket);
  }
  auto machine = LimiterMachine::restore(std::move(state), options(), at, since_);
  if (!machine) return machine.error();
  const auto index = find_or_make(key, at, hash);
  if (!index) return index.error();
  Slot& found = slot(*index);
  found.machine = *std::move(machine);
  if (found.list == none) {
    schedule(*index, limiting::later(at, found.machine.idle_after(options())));
  }
  return {};
}

std::size_t KeyedLimiter::memory_bytes() const {
  std::size_t bytes = chunks_.size() * chunk_size * sizeof(Slot) +
                      index_.capacity() * sizeof(Place) + free_.capacity() * sizeof(free_[0]);
  for (const Place& place : index_) {
    if (place.slot == none) continue;
    const Slot& used = slot(place.slot);
    bytes += used.machine.heap_bytes();
    if (used.key.capacity() > std::string().capacity()) bytes += used.key.capacity() + 1;
  }
  return bytes;
}

// -- index ----------------------------------------------------------------------------------------

std::size_t KeyedLimiter::place_of(std::string_view key, std::uint32_t hash) const {
  const std::size_t mask = index_.size() - 1;
  std::size_t i = hash & mask;
  while (index_[i].slot != none) {
    if (index_[i].hash == hash && slot(index_[i].slot).key == key) break;
    i = (i + 1) & mask;
  }
  return i;
}

KeyedLimiter::Slot* KeyedLimiter::find(std::string_view key) {
  const std::size_t place = place_of(key, short_hash(stable_hash(key)));
  if (index_[place].slot == none) return nullptr;
  Slot& found = slot(index_[place].slot);
  convert(found);
  return &found;
}

Result<std::uint32_t> KeyedLimiter::find_or_make(std::string_view key, Duration at,
                                                 std::uint64_t hash) {
  const std::uint32_t short_one = short_hash(hash);
  std::size_t place = place_of(key, short_one);
  if (const std::uint32_t known = index_[place].slot; known != none) {
    convert(slot(known));
    return known;
  }
  if (key.size() > limits::key_size_bytes_max) {
    return {ErrorCode::invalid_argument,
            "a limiter key has at most " + std::to_string(limits::key_size_bytes_max) + " bytes"};
  }
  begin_ticks(at);
  // Full: forget one idle key. 2 * size_ steps check each due key at most twice. The next tick is
  // included, because keys that took nothing are scheduled there and already idle.
  if (size_ >= keys_max_ && sweep(at, tick_of(at) + 1, 2 * size_, 1) == 0) {
    return {ErrorCode::overloaded, "the limiter's maximum of " + std::to_string(keys_max_) +
                                       " keys are in use; try again later"};
  }
  if ((size_ + 1) * 4 > index_.size() * 3) grow_index();
  place = place_of(key, short_one);  // sweep and grow_index may have moved keys
  const std::uint32_t index = make_slot(key);
  index_[place] = {short_one, index};
  ++size_;
  return index;
}

void KeyedLimiter::convert(Slot& found) const {
  const auto newest = static_cast<std::uint32_t>(definitions_.size() - 1);
  if (found.definition == newest) return;
  // Apply the changes one by one, as if the key had been used after each.
  for (; found.definition < newest; ++found.definition) {
    const Definition& next = definitions_[found.definition + 1];
    switch (next.kind) {
      case Definition::Kind::options:
        found.machine.change(definitions_[found.definition].options, next.options, next.since);
        break;
      case Definition::Kind::clock:
        found.machine.change_clock(next.options, next.since, next.then);
        break;
      case Definition::Kind::set_back:
        found.machine.set_back(next.options, next.since);
        break;
    }
  }
}

std::uint32_t KeyedLimiter::make_slot(std::string_view key) {
  if (free_.empty()) {
    const auto first = static_cast<std::uint32_t>(chunks_.size() * chunk_size);
    chunks_.push_back(std::make_unique<Slot[]>(chunk_size));
    for (std::uint32_t i = chunk_size; i > 0; --i) free_.push_back(first + i - 1);
  }
  const std::uint32_t index = free_.back();
  free_.pop_back();
  Slot& made = slot(index);
  made.key = key;
  made.machine = LimiterMachine(options());
  made.definition = static_cast<std::uint32_t>(definitions_.size() - 1);
  made.list = none;
  return index;
}

void KeyedLimiter::grow_index() {
  std::vector<Place> old(index_.size() * 2);
  old.swap(index_);
  const std::size_t mask = index_.size() - 1;
  for (const Place& place : old) {
    if (place.slot == none) continue;
    std::size_t i = place.hash & mask;
    while (index_[i].slot != none) i = (i + 1) & mask;
    index_[i] = place;
  }
}

void KeyedLimiter::erase(std::uint32_t index) {
  Slot& gone = slot(index);
  const std::size_t mask = index_.size() - 1;
  std::size_t hole = place_of(gone.key, short_hash(stable_hash(gone.key)));
  // Backward-shift deletion: close the hole, because a search would end at it.
  for (std::size_t i = (hole + 1) & mask; index_[i].slot != none; i = (i + 1) & mask) {
    const std::size_t wanted = index_[i].hash & mask;
    if (((i - wanted) & mask) < ((i - hole) & mask)) continue;
    index_[hole] = index_[i];
    hole = i;
  }
  index_[hole] = {};
  unschedule(index);
  gone.key = std::string();
  gone.machine = LimiterMachine(RateLimiterOptions{});
  free_.push_back(index);
  --size_;
}

// -- wheel ----------------------------------------------------------------------------------------

std::uint64_t KeyedLimiter::tick_of(Duration at) const {
  // Flip the sign bit, so that ticks are also monotonic for times before the epoch.
  return (limiting::nanoseconds(at) ^ (std::uint64_t{1} << 63U)) / tick_length_;
}

void KeyedLimiter::begin_ticks(Duration at) {
  if (begun_) return;
  begun_ = true;
  const std::uint64_t now = tick_of(at);
  // Existing keys were scheduled by other ticks; start a full round behind to visit all lists.
  tick_ = size_ == 0 ? now : now - std::min<std::uint64_t>(now, wheel_size);
}

/// Checks up to `keys_max` keys scheduled up to the tick `until`, and stops once `wanted` keys were
/// forgotten.
std::size_t KeyedLimiter::sweep(Duration at, std::uint64_t until, std::size_t keys_max,
                                std::size_t wanted) {
  std::size_t forgotten = 0;
  // After a long idle time skip to the last full round, which visits each list once.
  if (until > tick_ && until - tick_ > wheel_size) tick_ = until - wheel_size;
  while (keys_max > 0 && forgotten < wanted) {
    const std::uint32_t index = wheel_[tick_ % wheel_size];
    if (index == none) {
      if (tick_ >= until) break;
      ++tick_;
      continue;
    }
    --keys_max;
    Slot& found = slot(index);
    convert(found);
    if (found.machine.idle(options(), at)) {
      erase(index);
      ++forgotten;
    } else {
      unschedule(index);
      schedule(index, limiting::later(at, found.machine.idle_after(options())));
    }
  }
  return forgotten;
}

void KeyedLimiter::schedule(std::uint32_t index, Duration at) {
  Slot& waiting = slot(index);
  const std::uint64_t tick = std::clamp(tick_of(at), tick_ + 1, tick_ + wheel_size - 1);
  waiting.list = static_cast<std::uint32_t>(tick % wheel_size);
  waiting.previous = none;
  waiting.next = wheel_[waiting.list];
  if (waiting.next != none) slot(waiting.next).previous = index;
  wheel_[waiting.list] = index;
}

void KeyedLimiter::unschedule(std::uint32_t index) {
  Slot& waiting = slot(index);
  if (waiting.next != none) slot(waiting.next).previous = waiting.previous;
  if (waiting.previous != none)
    slot(waiting.previous).next = waiting.next;
  else
    wheel_[waiting.list] = waiting.next;
}

}  // namespace kith
