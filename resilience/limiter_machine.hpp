#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <variant>
#include <vector>

#include "core/clock.hpp"
#include "resilience/concurrency_limit.hpp"
#include "resilience/fixed_window.hpp"
#include "resilience/gcra.hpp"
#include "resilience/leaky_bucket.hpp"
#include "resilience/limiter_options.hpp"
#include "resilience/limiter_state.hpp"
#include "resilience/sliding_counter.hpp"
#include "resilience/sliding_log.hpp"
#include "resilience/token_bucket.hpp"

namespace kith {

/// The limit of one key as a value: the state of an algorithm and what is held. No clock, no lock.
/// It keeps its own newest time: a request older than it counts at that time. What is refused does
/// not count. Options are handed in with each request, so that a key is small; whoever changes them
/// calls `change` once. They must have passed `validate`. Thread-safety: plain value.
///
/// Two phases: `reserve` holds units without counting them, `commit` counts them at its own time,
/// `cancel` leaves the key as if nothing had been reserved (what is held is no part of the
/// algorithm's state, ADR 0013). A lease of a concurrency limit is a hold that is never committed.
class LimiterMachine {
 public:
  explicit LimiterMachine(const RateLimiterOptions& options) : state_(fresh(options)) {}
  LimiterMachine(const LimiterMachine& other);
  LimiterMachine(LimiterMachine&&) noexcept = default;
  LimiterMachine& operator=(LimiterMachine other) noexcept;
  ~LimiterMachine() = default;

  /// Counts `request` at `at` if it fits. `ticket` names the lease when the limit counts leases.
  RateDecision check(const RateLimiterOptions& options, const LimitRequest& request, Duration at,
                     std::uint64_t ticket = 0);
  /// Holds `hits` units (at least 1) if they fit, for `hold_for` or until committed or cancelled.
  RateDecision reserve(const RateLimiterOptions& options, std::int64_t hits, Duration hold_for,
                       Duration at, std::uint64_t ticket);
  /// Counts what the ticket holds; false when it holds nothing (any more). A lease stays open.
  bool commit(const RateLimiterOptions& options, std::uint64_t ticket, Duration at);
  /// Gives back what the ticket holds, or ends the lease; false when it holds nothing (any more).
  bool cancel(const RateLimiterOptions& options, std::uint64_t ticket, Duration at);
  /// Goes on under other options from its newest time on: what was counted stays counted (L-028);
  /// another algorithm begins anew (L-029).
  void change(const RateLimiterOptions& before, const RateLimiterOptions& after);
  /// The same from `at` on: the time until then counts by the options of before.
  void change(const RateLimiterOptions& before, const RateLimiterOptions& after, Duration at) {
    advance(before, at);
    change(before, after);
  }
  /// Goes on by another clock, which shows `then` when that of before shows `at`.
  void change_clock(const RateLimiterOptions& options, Duration at, Duration then);
  /// Goes on after the clock was set back to `at`: what it has of later counts as of `at`.
  void set_back(const RateLimiterOptions& options, Duration at);
  /// True when at `at` and ever after it decides as a new one would.
  [[nodiscard]] bool idle(const RateLimiterOptions& options, Duration at);
  /// How long until it would be idle.
  [[nodiscard]] Duration idle_after(const RateLimiterOptions& options) const;
  /// What it has counted, to be kept outside; `restore` goes on from there.
  [[nodiscard]] LimiterState save(const RateLimiterOptions& options) const;
  /// The machine that was saved, under these options: as after `change` when they differ, which
  /// they do from `since` on. A state from the future (the clock was set back) counts as one of
  /// `at`. Errors: `conflict` (of another algorithm), `decode` (what it says cannot be).
  [[nodiscard]] static Result<LimiterMachine> restore(LimiterState state,
                                                      const RateLimiterOptions& options,
                                                      Duration at,
                                                      Duration since = Duration::min());
  /// Bytes it holds outside itself.
  [[nodiscard]] std::size_t heap_bytes() const;

 private:
  using State = std::variant<limiting::SlidingLog, limiting::TokenBucket, limiting::SlidingCounter,
                             limiting::LeakyBucket, limiting::Gcra, limiting::FixedWindow,
                             limiting::ConcurrencyLimit>;
  struct Hold {
    std::uint64_t ticket;
    std::int64_t units;
    Duration expires;
  };
  struct Holds {
    std::vector<Hold> open;  // what expires first stands first
    std::int64_t units = 0;  // of all of them
    Duration now{};          // as of the algorithm's state
  };
  [[nodiscard]] static State fresh(const RateLimiterOptions& options);
  Duration advance(const RateLimiterOptions& options, Duration at);
  [[nodiscard]] Duration newest() const;
  void move(const RateLimiterOptions& options, Duration by);
  [[nodiscard]] std::int64_t room(const RateLimiterOptions& options) const;
  [[nodiscard]] std::int64_t held() const { return holds_ ? holds_->units : 0; }
  void take(const RateLimiterOptions& options, std::int64_t hits);
  [[nodiscard]] Duration wait_for(const RateLimiterOptions& options, std::int64_t hits) const;
  void hold(std::uint64_t ticket, std::int64_t units, Duration expires, Duration now);
  void release_oldest(std::int64_t units);
  [[nodiscard]] bool restore_holds(const LimiterState& state);
  RateDecision answer(const RateLimiterOptions& options, std::int64_t hits, bool fits, Duration now,
                      Duration wait_min = {}) const;

  State state_;
  std::unique_ptr<Holds> holds_;  // null: nothing is held
};

}  // namespace kith
