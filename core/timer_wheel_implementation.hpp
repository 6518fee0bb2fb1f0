// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <bit>
#include <utility>

#include "core/timer_wheel.hpp"

namespace kith::detail {

template <typename T>
TimerId TimerWheel<T>::arm(TimePoint deadline, T item) {
  std::uint32_t index = 0;
  if (free_.empty()) {
    index = static_cast<std::uint32_t>(entries_.size());
    entries_.emplace_back();
  } else {
    index = free_.back();
    free_.pop_back();
  }
  Entry& entry = entries_[index];
  entry.deadline = deadline;
  entry.generation += 1;
  entry.armed = true;
  entry.item.emplace(std::move(item));
  ++armed_;
  place(index);
  return (static_cast<TimerId>(entry.generation) << 32U) | index;
}

template <typename T>
TimerId TimerWheel<T>::arm_owned(TimePoint deadline, T item)
  requires Owned<T>
{
  const std::size_t owner = item.owner();
  const TimerId id = arm(deadline, std::move(item));
  const auto index = static_cast<std::uint32_t>(id);
  if (owner >= owned_.size()) owned_.resize(std::max(owner + 1, 2 * owned_.size()), none);
  Entry& entry = entries_[index];
  std::uint32_t& first = owned_[owner];
  entry.owned = true;
  entry.siblings = {.previous = none, .next = first};
  if (first != none) entries_[first].siblings.previous = index;
  first = index;
  return id;
}

template <typename T>
std::vector<T> TimerWheel<T>::cancel_owned(std::size_t owner)
  requires Owned<T>
{
  std::vector<T> items;
  if (owner >= owned_.size()) return items;
  while (owned_[owner] != none) items.push_back(take(owned_[owner]));
  return items;
}

/// Removes a timer from the list of its owner.
template <typename T>
void TimerWheel<T>::disown(Entry& entry)
  requires Owned<T>
{
  if (!std::exchange(entry.owned, false)) return;
  const auto [previous, next] = entry.siblings;
  if (previous != none)
    entries_[previous].siblings.next = next;
  else
    owned_[entry.item->owner()] = next;
  if (next != none) entries_[next].siblings.previous = previous;
}

template <typename T>
std::optional<TimePoint> TimerWheel<T>::deadline_of(TimerId id) const {
  const auto index = static_cast<std::uint32_t>(id);
  if (index >= entries_.size()) return std::nullopt;
  const Entry& entry = entries_[index];
  if (!entry.armed || entry.generation != static_cast<std::uint32_t>(id >> 32U))
    return std::nullopt;
  return entry.deadline;
}

template <typename T>
std::optional<T> TimerWheel<T>::cancel(TimerId id) {
  const auto index = static_cast<std::uint32_t>(id);
  if (index >= entries_.size()) return std::nullopt;
  const Entry& entry = entries_[index];
  if (!entry.armed || entry.generation != static_cast<std::uint32_t>(id >> 32U)) {
    return std::nullopt;
  }
  return take(index);
}

/// Puts a timer into its slot. Its level is that of the highest group of six bits in which its tick
/// differs from the present one, so that it moves down one level when that slot comes up.
template <typename T>
void TimerWheel<T>::place(std::uint32_t index) {
  Entry& entry = entries_[index];
  const std::int64_t due = std::max(ceil_tick(entry.deadline), tick_ + 1);
  const auto differs = static_cast<std::uint64_t>(due ^ tick_);
  const unsigned level = std::min<unsigned>(
      (63U - static_cast<unsigned>(std::countl_zero(differs))) / slot_bits, levels - 1);
  const auto place_in_level = static_cast<unsigned>(due >> (level * slot_bits)) & 63U;
  append(index, (level << slot_bits) | place_in_level);
}

template <typename T>
void TimerWheel<T>::append(std::uint32_t index, std::size_t slot) {
  Entry& entry = entries_[index];
  entry.slot = static_cast<std::uint16_t>(slot);
  List& list = lists_[slot];
  entry.next = none;
  entry.previous = list.last;
  if (list.last != none)
    entries_[list.last].next = index;
  else
    list.first = index;
  list.last = index;
  used_[slot >> slot_bits] |= std::uint64_t{1} << (slot & 63U);
}

template <typename T>
void TimerWheel<T>::unlink(std::uint32_t index) {
  Entry& entry = entries_[index];
  List& list = lists_[entry.slot];
  if (entry.previous != none)
    entries_[entry.previous].next = entry.next;
  else
    list.first = entry.next;
  if (entry.next != none)
    entries_[entry.next].previous = entry.previous;
  else
    list.last = entry.previous;
  if (list.first == none) {
    used_[entry.slot >> slot_bits] &= ~(std::uint64_t{1} << (entry.slot & 63U));
  }
}

/// Removes a timer from its slot, frees its entry and returns its item.
template <typename T>
T TimerWheel<T>::take(std::uint32_t index) {
  unlink(index);
  Entry& entry = entries_[index];
  if constexpr (Owned<T>) disown(entry);
  T item = std::move(*entry.item);
  entry.item.reset();
  entry.armed = false;
  free_.push_back(index);
  --armed_;
  return item;
}

/// Returns the next tick at which a slot comes up: on level 0 its timers are due, on higher levels
/// they move down. The first level with a timer ahead has the earliest, since the ticks of higher
/// levels differ from the present one in a higher group of bits.
template <typename T>
std::optional<std::int64_t> TimerWheel<T>::next_tick() const {
  if (lists_[present_slot()].first != none) return tick_;
  for (unsigned level = 0; level < levels; ++level) {
    if (used_[level] == 0) continue;
    const unsigned shift = level * slot_bits;
    const auto here = static_cast<unsigned>(tick_ >> shift) & 63U;
    const std::uint64_t ahead = here == 63U ? 0 : used_[level] & (~std::uint64_t{0} << (here + 1));
    const std::int64_t group = (tick_ >> shift) >> slot_bits;
    if (ahead != 0) {
      return ((group << slot_bits) | std::countr_zero(ahead)) << shift;
    }
    return (((group + 1) << slot_bits) | std::countr_zero(used_[level])) << shift;
  }
  return std::nullopt;
}

template <typename T>
std::optional<TimePoint> TimerWheel<T>::next_deadline() const {
  const auto tick = next_tick();
  if (!tick) return std::nullopt;
  if (*tick > last_tick) return std::nullopt;
  return TimePoint(Duration(*tick * tick_ns));
}

/// Moves the timers of the slots above level 0 that come up at the present tick down. From the top
/// level down, so that timers due now fall through all levels at once.
template <typename T>
void TimerWheel<T>::move_down() {
  for (unsigned level = levels; level-- > 1;) {
    const unsigned shift = level * slot_bits;
    if ((tick_ & ((std::int64_t{1} << shift) - 1)) != 0) continue;
    const auto slot = (level << slot_bits) | (static_cast<unsigned>(tick_ >> shift) & 63U);
    std::uint32_t index = std::exchange(lists_[slot], List{}).first;
    used_[level] &= ~(std::uint64_t{1} << (slot & 63U));
    while (index != none) {
      const std::uint32_t next = entries_[index].next;
      if (ceil_tick(entries_[index].deadline) <= tick_)
        append(index, present_slot());
      else
        place(index);
      index = next;
    }
  }
}

template <typename T>
std::vector<T> TimerWheel<T>::advance(TimePoint now, std::size_t at_most) {
  const std::int64_t until = floor_tick(now);
  std::vector<T> items;
  while (items.size() < at_most) {
    if (const std::uint32_t due = lists_[present_slot()].first; due != none) {
      items.push_back(take(due));
      continue;
    }
    const auto next = next_tick();
    if (!next || *next > until) {
      tick_ = std::max(tick_, until);
      break;
    }
    tick_ = *next;
    move_down();
  }
  return items;
}

}  // namespace kith::detail
