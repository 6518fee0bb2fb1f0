// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <type_traits>
#include <vector>

#include "core/clock.hpp"

namespace kith::detail {

/// Identifies an armed timer; never zero, not reused.
using TimerId = std::uint64_t;

/// An item that names the owner of its timer by a small number.
template <typename T>
concept Owned = requires(const T& item) {
  { item.owner() } -> std::convertible_to<std::size_t>;
};

/// A hierarchical timing wheel (Varghese and Lauck 1987, scheme 6): the cost of arming and
/// cancelling, also of all timers of one owner, does not depend on the number of other timers. 64
/// slots per level, ticks of 100 microseconds; a timer is due at the first tick at or after its
/// deadline. Has no clock and no thread. Thread-safety: none.
template <typename T>
class TimerWheel {
 public:
  explicit TimerWheel(TimePoint now) : tick_(floor_tick(now)) {}

  /// Arms a timer; `advance` returns `item` when it is due.
  TimerId arm(TimePoint deadline, T item);
  /// Arms a timer that `cancel_owned` finds. Memory: four bytes per owner, up to the highest owner
  /// number.
  TimerId arm_owned(TimePoint deadline, T item)
    requires Owned<T>;
  /// Disarms all timers that `arm_owned` armed for this owner and returns their items.
  std::vector<T> cancel_owned(std::size_t owner)
    requires Owned<T>;
  /// Disarms a timer and returns its item; nullopt if it was due or cancelled before.
  std::optional<T> cancel(TimerId id);
  /// Returns when an armed timer is due; nullopt if it was due or cancelled before.
  [[nodiscard]] std::optional<TimePoint> deadline_of(TimerId id) const;
  /// Returns up to `at_most` due timers, FIFO within a tick. If more are due, `next_deadline` is
  /// not after `now`.
  std::vector<T> advance(TimePoint now, std::size_t at_most = SIZE_MAX);
  /// Returns when to call `advance` next: not later than the first tick with a due timer, possibly
  /// earlier. Nullopt if no timer is armed, or only timers for the maximum time point.
  [[nodiscard]] std::optional<TimePoint> next_deadline() const;
  /// Returns the number of armed timers.
  [[nodiscard]] std::size_t size() const { return armed_; }

 private:
  static constexpr std::int64_t tick_ns = 100'000;
  /// The last tick that a `TimePoint` can express.
  static constexpr std::int64_t last_tick = INT64_MAX / tick_ns;
  static constexpr unsigned slot_bits = 6;
  static constexpr unsigned levels = 8;
  static constexpr std::uint32_t none = UINT32_MAX;

  /// Neighbours in the list of the owner's timers.
  struct Siblings {
    std::uint32_t previous = none;
    std::uint32_t next = none;
  };
  struct NoSiblings {};

  struct Entry {
    TimePoint deadline;
    std::uint32_t previous = none;
    std::uint32_t next = none;
    std::uint32_t generation = 0;
    std::uint16_t slot = 0;  // level * 64 + index
    bool armed = false;
    bool owned = false;
    [[no_unique_address]] std::conditional_t<Owned<T>, Siblings, NoSiblings> siblings;
    std::optional<T> item;
  };

  /// Timers of one slot, in the order of arming. Moving timers down a level keeps that order: they
  /// are appended before any timer that is armed into that slot later.
  struct List {
    std::uint32_t first = none;
    std::uint32_t last = none;
  };

  static std::int64_t floor_tick(TimePoint t) { return t.time_since_epoch().count() / tick_ns; }
  static std::int64_t ceil_tick(TimePoint t) {
    const std::int64_t time = t.time_since_epoch().count();
    return time / tick_ns + (time % tick_ns > 0 ? 1 : 0);
  }
  /// Returns the slot of the present tick; its timers are due.
  [[nodiscard]] std::size_t present_slot() const { return static_cast<std::size_t>(tick_ & 63); }
  void place(std::uint32_t index);
  void append(std::uint32_t index, std::size_t slot);
  void unlink(std::uint32_t index);
  T take(std::uint32_t index);
  void disown(Entry& entry)
    requires Owned<T>;
  [[nodiscard]] std::optional<std::int64_t> next_tick() const;
  void move_down();

  std::int64_t tick_;  // invariant: all timers due before this tick were returned
  std::size_t armed_ = 0;
  std::vector<Entry> entries_;
  std::vector<std::uint32_t> free_;
  std::vector<std::uint32_t> owned_;  // per owner: its timer that was armed last
  std::array<List, std::size_t{levels} << slot_bits> lists_{};
  std::array<std::uint64_t, levels> used_{};  // a bit for each slot that is not empty
};

}  // namespace kith::detail

#include "core/timer_wheel_implementation.hpp"
