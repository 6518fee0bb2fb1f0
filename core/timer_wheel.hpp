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

/// Names one armed timer; never zero, never used again.
using TimerId = std::uint64_t;

/// An item that says whose timer it is, by a small number.
template <typename T>
concept Owned = requires(const T& item) {
  { item.owner() } -> std::convertible_to<std::size_t>;
};

/// A hierarchical timing wheel (Varghese and Lauck 1987, scheme 6): arming and cancelling, also of
/// all timers of one owner, cost the same however many others there are. 64 slots a level, ticks of
/// 100 microseconds; a timer is due at the first tick at or after its deadline. A value without
/// clock or thread. Thread-safety: none.
template <typename T>
class TimerWheel {
 public:
  explicit TimerWheel(TimePoint now) : tick_(floor_tick(now)) {}

  /// Arms a timer; `item` is given back when it is due.
  TimerId arm(TimePoint deadline, T item);
  /// The same for one that `cancel_owned` finds. Memory: four bytes for each owner up to the
  /// highest number.
  TimerId arm_owned(TimePoint deadline, T item)
    requires Owned<T>;
  /// Disarms all that were armed with `arm_owned` for this owner; gives their items.
  std::vector<T> cancel_owned(std::size_t owner)
    requires Owned<T>;
  /// Disarms and gives the item; nothing when it was due or cancelled before.
  std::optional<T> cancel(TimerId id);
  /// When an armed timer is due; nothing when it was due or cancelled before.
  [[nodiscard]] std::optional<TimePoint> deadline_of(TimerId id) const;
  /// Takes what is due, at most so many, tick by tick, those of one tick in the order of arming.
  /// When more are due, `next_deadline` is not after `now`.
  std::vector<T> advance(TimePoint now, std::size_t at_most = SIZE_MAX);
  /// When `advance` should be called next: not later than the first tick with a due timer (it may
  /// be earlier). Nothing when no timer is armed but those for the end of time.
  [[nodiscard]] std::optional<TimePoint> next_deadline() const;
  /// Timers armed.
  [[nodiscard]] std::size_t size() const { return armed_; }

 private:
  static constexpr std::int64_t tick_ns = 100'000;
  /// The last tick before the end of time.
  static constexpr std::int64_t last_tick = INT64_MAX / tick_ns;
  static constexpr unsigned slot_bits = 6;
  static constexpr unsigned levels = 8;
  static constexpr std::uint32_t none = UINT32_MAX;

  /// The other timers of the same owner.
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

  /// Timers of one slot, in the order of arming: those that move down a level were armed before
  /// those that are put there later.
  struct List {
    std::uint32_t first = none;
    std::uint32_t last = none;
  };

  static std::int64_t floor_tick(TimePoint t) { return t.time_since_epoch().count() / tick_ns; }
  static std::int64_t ceil_tick(TimePoint t) {
    const std::int64_t time = t.time_since_epoch().count();
    return time / tick_ns + (time % tick_ns > 0 ? 1 : 0);
  }
  /// The slot of the present tick: what is in it is due.
  [[nodiscard]] std::size_t present_slot() const { return static_cast<std::size_t>(tick_ & 63); }
  void place(std::uint32_t index);
  void append(std::uint32_t index, std::size_t slot);
  void unlink(std::uint32_t index);
  T take(std::uint32_t index);
  void disown(Entry& entry)
    requires Owned<T>;
  [[nodiscard]] std::optional<std::int64_t> next_tick() const;
  void move_down();

  std::int64_t tick_;  // all timers due before this tick have been taken
  std::size_t armed_ = 0;
  std::vector<Entry> entries_;
  std::vector<std::uint32_t> free_;
  std::vector<std::uint32_t> owned_;  // the last timer armed for each owner
  std::array<List, std::size_t{levels} << slot_bits> lists_{};
  std::array<std::uint64_t, levels> used_{};  // a bit for each slot that is not empty
};

}  // namespace kith::detail

#include "core/timer_wheel_implementation.hpp"
