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

/// What is to be kept of a key outside the process. Thread-safety: plain value.
struct SavedLimit {
  LimiterState state;
  /// From then on it is as if never used.
  Duration idle_at{};
};

/// One named limit for up to millions of keys. Keys never influence each other. Idle keys are found
/// by a timing wheel (Varghese and Lauck 1987, scheme 6), so that looking for them costs the same
/// however many keys there are. Memory of a key: see docs/limits-and-breakers.md.
/// Thread-safety: plain value (movable, not copyable).
class KeyedLimiter {
 public:
  /// `options` must have passed `validate`. Never remembers more than `keys_max` keys. Tickets
  /// begin above `last_ticket`: for those whose reservations outlive them. `since`: from when on
  /// the options hold, for what `restore` finds; `Duration::min()`: ever since.
  explicit KeyedLimiter(RateLimiterOptions options, std::size_t keys_max = limiter_keys_max,
                        std::uint64_t last_ticket = 0, Duration since = Duration::min());

  /// Counts `request` for `key` at `at` if it fits. The key is any bytes, also none; `hash` is its
  /// `stable_hash`, for callers that have it. Errors: `invalid_argument` when the key is longer
  /// than `limits::key_size_bytes_max`, `overloaded` when this is a new key, `keys_max` are
  /// remembered and none of them is idle (what was given back before its time is not noticed).
  [[nodiscard]] Result<RateDecision> check(std::string_view key, const LimitRequest& request,
                                           Duration at, std::uint64_t hash);
  [[nodiscard]] Result<RateDecision> check(std::string_view key, const LimitRequest& request,
                                           Duration at) {
    return check(key, request, at, stable_hash(key));
  }
  /// The same for so many units.
  [[nodiscard]] Result<RateDecision> check(std::string_view key, std::uint32_t cost, Duration at) {
    return check(key, LimitRequest{.hits = cost}, at);
  }
  /// The same for one unit.
  [[nodiscard]] Result<RateDecision> check(std::string_view key, Duration at) {
    return check(key, LimitRequest{}, at);
  }

  /// Holds units for a key: `ticket` of the answer commits or cancels them. Not committed within
  /// `hold_for`, they are free again. Errors: as of `check`.
  [[nodiscard]] Result<RateDecision> reserve(std::string_view key, std::int64_t hits,
                                             Duration hold_for, Duration at);
  /// Counts what the ticket holds; false when it holds nothing (any more).
  bool commit(std::string_view key, std::uint64_t ticket, Duration at);
  /// Gives back what the ticket holds, or ends the lease; false when it holds nothing (any more).
  bool cancel(std::string_view key, std::uint64_t ticket, Duration at);

  /// How a clock came to show what it shows.
  enum class Clock : std::uint8_t { went_on, set_back };
  /// What one more unit for `key` would be answered at `at`, after `set_back` when the clock was;
  /// `remaining` and `reset_after` are as before it. Neither counts nor remembers anything.
  [[nodiscard]] RateDecision look(std::string_view key, Duration at,
                                  Clock clock = Clock::went_on) const;
  /// Other options from `at` on, for live keys too (each is converted when it is next used): what
  /// was counted stays counted, another algorithm begins anew. They must have passed `validate`.
  void change(const RateLimiterOptions& options, Duration at);
  /// Goes on by another clock, which shows `then` when that of before shows `at`; for a change of
  /// options that comes with one it is called before that.
  void change_clock(Duration at, Duration then);
  /// Goes on after its clock was set back to `at`: what keys have of later times counts as of `at`,
  /// so that their windows end when those of others do. For clocks only: time stamps that are not
  /// in order would get units by it.
  void set_back(Duration at);
  /// Looks at up to `keys_max` keys whose time has come, and forgets those that are idle at `at`.
  /// Changes no decision as long as no later request is older than `at`: right with a clock,
  /// wrong for time stamps from a log that is not in order. Returns how many it forgot.
  std::size_t forget_idle(Duration at, std::size_t keys_max);
  /// Forgets what `key` has used. Returns whether it was known.
  bool reset(std::string_view key);
  /// Whether it remembers the key.
  [[nodiscard]] bool knows(std::string_view key, std::uint64_t hash) const {
    return index_[place_of(key, static_cast<std::uint32_t>(hash))].slot != none;
  }
  /// What it has counted for a key; nothing when that is idle at `at`, or not known.
  [[nodiscard]] std::optional<SavedLimit> save(std::string_view key, Duration at);
  /// Goes on with a key from what was saved, as `LimiterMachine::restore`. Errors: those, and those
  /// of `check`.
  [[nodiscard]] Result<void> restore(std::string_view key, LimiterState state, Duration at,
                                     std::uint64_t hash);
  /// Number of keys it remembers.
  [[nodiscard]] std::size_t size() const { return size_; }
  /// Bytes it uses for all of its keys: walks over them.
  [[nodiscard]] std::size_t memory_bytes() const;
  [[nodiscard]] const RateLimiterOptions& options() const { return definitions_.back().options; }

 private:
  static constexpr std::uint32_t none = UINT32_MAX;
  static constexpr std::size_t chunk_size = 256;
  static constexpr std::uint32_t wheel_size = 128;

  /// What holds from an instant on.
  struct Definition {
    enum class Kind : std::uint8_t { options, clock, set_back };
    RateLimiterOptions options;
    Duration since = Duration::min();
    Kind kind = Kind::options;
    Duration then{};  // clock: what `since` is by the other one
  };
  struct Slot {
    std::string key;
    LimiterMachine machine{RateLimiterOptions{}};
    std::uint32_t definition = 0;
    std::uint32_t previous = none;  // in its list of the wheel
    std::uint32_t next = none;
    std::uint32_t list = none;  // none: to be scheduled by who has made it
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
  std::vector<Definition> definitions_;  // the last one counts
  Duration since_;                       // when the options became these
  std::vector<std::unique_ptr<Slot[]>> chunks_;
  std::vector<std::uint32_t> free_;
  std::vector<Place> index_;  // linear probing; a power of two
  std::size_t size_ = 0;
  std::uint64_t last_ticket_;
  std::uint64_t tick_length_;  // nanoseconds
  std::uint64_t tick_ = 0;     // the wheel has come so far
  bool begun_ = false;
  std::array<std::uint32_t, wheel_size> wheel_;
};

}  // namespace kith
