// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/hash.hpp"
#include "resilience/limiter_machine.hpp"

namespace kith {

/// Holds the state of a key to be stored outside the process. Thread-safety: plain value.
struct SavedLimit {
  LimiterState state;
  /// The time from which the key is in its initial state.
  Duration idle_at{};
};

/// Applies one limit to millions of independent keys. A timing wheel (Varghese and Lauck 1987,
/// scheme 6) finds idle keys at a cost that does not depend on the number of keys.
/// docs/limits-and-breakers.md lists the memory per key.
///
/// Invariants: each slot in use has one place in `index_` and, once scheduled, is in one list of
/// the wheel. A slot whose `definition` is not the newest is converted before it is used.
/// Thread-safety: plain value (movable, not copyable).
class KeyedLimiter {
 public:
  /// `options` must have passed `validate`. Stores at most `keys_max` keys. Tickets start above
  /// `last_ticket`, for reservations that outlive the limiter. `since` is the time from which the
  /// options apply to restored states; `Duration::min()`: always.
  explicit KeyedLimiter(RateLimiterOptions options, std::size_t keys_max = limiter_keys_max,
                        std::uint64_t last_ticket = 0, Duration since = Duration::min());

  /// Counts `request` for `key` at `at` if it fits. The key is any byte string, also empty; `hash`
  /// is its `stable_hash`. Errors: `invalid_argument` (key longer than
  /// `limits::key_size_bytes_max`), `overloaded` (a new key while `keys_max` are in use; keys that
  /// became idle early, because units were given back, are not detected).
  [[nodiscard]] Result<RateDecision> check(std::string_view key, const LimitRequest& request,
                                           Duration at, std::uint64_t hash);
  [[nodiscard]] Result<RateDecision> check(std::string_view key, const LimitRequest& request,
                                           Duration at) {
    return check(key, request, at, stable_hash(key));
  }
  /// Counts `cost` units.
  [[nodiscard]] Result<RateDecision> check(std::string_view key, std::uint32_t cost, Duration at) {
    return check(key, LimitRequest{.hits = cost}, at);
  }
  /// Counts one unit.
  [[nodiscard]] Result<RateDecision> check(std::string_view key, Duration at) {
    return check(key, LimitRequest{}, at);
  }

  /// Holds `hits` units for up to `hold_for`, after which they are free again. The `ticket` of the
  /// answer is the handle for `commit` and `cancel`. Errors: as `check`.
  [[nodiscard]] Result<RateDecision> reserve(std::string_view key, std::int64_t hits,
                                             Duration hold_for, Duration at);
  /// Counts the units that the ticket holds; false if it has expired or is unknown.
  bool commit(std::string_view key, std::uint64_t ticket, Duration at);
  /// Frees the units that the ticket holds, or ends the lease; false if it has expired or is
  /// unknown.
  bool cancel(std::string_view key, std::uint64_t ticket, Duration at);

  /// Tells `look` whether the clock was set back.
  enum class Clock : std::uint8_t { went_on, set_back };
  /// Returns the answer for one more unit at `at`, with `remaining` and `reset_after` as of before
  /// that unit. Counts nothing and does not create the key.
  [[nodiscard]] RateDecision look(std::string_view key, Duration at,
                                  Clock clock = Clock::went_on) const;
  /// Applies other options from `at` on and keeps the counts; changing the algorithm resets all
  /// keys. Each key is converted on its next use. The options must have passed `validate`.
  void change(const RateLimiterOptions& options, Duration at);
  /// Switches to another clock, which shows `then` while the old one shows `at`. Call it before the
  /// `change` that requires the other clock.
  void change_clock(Duration at, Duration then);
  /// Adapts to a clock that was set back to `at`: counts of later times count as of `at`, so that
  /// their windows end on time. Not for time stamps that are out of order, which would gain units.
  void set_back(Duration at);
  /// Checks up to `keys_max` keys that are due and forgets those that are idle at `at`; returns how
  /// many. No decision changes as long as no later request is older than `at`, which holds for a
  /// clock, but not for time stamps that are out of order.
  std::size_t forget_idle(Duration at, std::size_t keys_max);
  /// Forgets the counts of `key`. Returns whether the key was stored.
  bool reset(std::string_view key);
  /// Returns whether the key is stored.
  [[nodiscard]] bool knows(std::string_view key, std::uint64_t hash) const {
    return index_[place_of(key, static_cast<std::uint32_t>(hash))].slot != none;
  }
  /// Returns the state of a key, or nullopt if it is idle at `at` or not stored.
  [[nodiscard]] std::optional<SavedLimit> save(std::string_view key, Duration at);
  /// Restores a key from a saved state. Errors: as `LimiterMachine::restore` and `check`.
  [[nodiscard]] Result<void> restore(std::string_view key, LimiterState state, Duration at,
                                     std::uint64_t hash);
  /// Returns the number of stored keys.
  [[nodiscard]] std::size_t size() const { return size_; }
  /// Returns the memory of all keys in bytes; O(keys).
  [[nodiscard]] std::size_t memory_bytes() const;
  [[nodiscard]] const RateLimiterOptions& options() const { return definitions_.back().options; }

 private:
  static constexpr std::uint32_t none = UINT32_MAX;
  static constexpr std::size_t chunk_size = 256;
  static constexpr std::uint32_t wheel_size = 128;

  /// A change of options or of the clock at a point in time.
  struct Definition {
    enum class Kind : std::uint8_t { options, clock, set_back };
    RateLimiterOptions options;
    Duration since = Duration::min();
    Kind kind = Kind::options;
    Duration then{};  // kind clock: `since` on the new clock
  };
  struct Slot {
    std::string key;
    LimiterMachine machine{RateLimiterOptions{}};
    std::uint32_t definition = 0;
    std::uint32_t previous = none;  // in its list of the wheel
    std::uint32_t next = none;
    std::uint32_t list = none;  // none: new, not scheduled yet
  };
  struct Place {
    std::uint32_t hash = 0;
    std::uint32_t slot = none;
  };
  [[nodiscard]] Slot& slot(std::uint32_t i) { return chunks_[i / chunk_size][i % chunk_size]; }
  [[nodiscard]] const Slot& slot(std::uint32_t i) const {
    return chunks_[i / chunk_size][i % chunk_size];
  }
  [[nodiscard]] std::size_t place_of(std::string_view key, std::uint32_t hash) const;
  [[nodiscard]] Result<std::uint32_t> find_or_make(std::string_view key, Duration at,
                                                   std::uint64_t hash);
  [[nodiscard]] Slot* find(std::string_view key);
  void convert(Slot& found) const;
  void define(const Definition& definition);
  std::uint32_t make_slot(std::string_view key);
  void grow_index();
  void erase(std::uint32_t index);
  void begin_ticks(Duration at);
  std::size_t sweep(Duration at, std::uint64_t until, std::size_t keys_max, std::size_t wanted);
  void schedule(std::uint32_t index, Duration at);
  void unschedule(std::uint32_t index);
  [[nodiscard]] std::uint64_t tick_of(Duration at) const;

  std::size_t keys_max_;
  std::vector<Definition> definitions_;  // the last one is in force
  Duration since_;                       // when the current options came into force
  std::vector<std::unique_ptr<Slot[]>> chunks_;
  std::vector<std::uint32_t> free_;
  std::vector<Place> index_;  // linear probing; a power of two
  std::size_t size_ = 0;
  std::uint64_t last_ticket_;
  std::uint64_t tick_length_;  // nanoseconds
  std::uint64_t tick_ = 0;     // position of the wheel
  bool begun_ = false;
  std::array<std::uint32_t, wheel_size> wheel_;
};

}  // namespace kith
