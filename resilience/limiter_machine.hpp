// SPDX-License-Identifier: Apache-2.0
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

/// Limits one key as a plain value: the state of an algorithm and the holds. No clock, no lock. It
/// keeps its newest time; an older request counts at that time. Refused requests do not count. To
/// keep a key small, options are passed with each request; call `change` once when they change.
/// They must have passed `validate`. Thread-safety: plain value.
///
/// Reservations have two phases: `reserve` holds units without counting them, and `commit` counts
/// them at its own time. `cancel` leaves no trace, because holds are kept next to the state of the
/// algorithm (ADR 0013). A lease of a concurrency limit is a hold that is never committed.
class LimiterMachine {
 public:
  explicit LimiterMachine(const RateLimiterOptions& options) : state_(fresh(options)) {}
  LimiterMachine(const LimiterMachine& other);
  LimiterMachine(LimiterMachine&&) noexcept = default;
  LimiterMachine& operator=(LimiterMachine other) noexcept;
  ~LimiterMachine() = default;

  /// Counts `request` at `at` if it fits. For a concurrency limit `ticket` names the new lease.
  RateDecision check(const RateLimiterOptions& options, const LimitRequest& request, Duration at,
                     std::uint64_t ticket = 0);
  /// Holds `hits` units (at least 1) if they fit, for `hold_for` or until committed or cancelled.
  RateDecision reserve(const RateLimiterOptions& options, std::int64_t hits, Duration hold_for,
                       Duration at, std::uint64_t ticket);
  /// Counts the units of the ticket; false if it has expired or is unknown. A lease stays open.
  bool commit(const RateLimiterOptions& options, std::uint64_t ticket, Duration at);
  /// Frees the units of the ticket, or ends the lease; false if it has expired or is unknown.
  bool cancel(const RateLimiterOptions& options, std::uint64_t ticket, Duration at);
  /// Applies other options as of its newest time and keeps the counts (L-028). Changing the
  /// algorithm resets the key (L-029).
  void change(const RateLimiterOptions& before, const RateLimiterOptions& after);
  /// Applies other options as of `at`; the time before `at` is accounted under the old options.
  void change(const RateLimiterOptions& before, const RateLimiterOptions& after, Duration at) {
    advance(before, at);
    change(before, after);
  }
  /// Switches to another clock, which shows `then` while the old one shows `at`.
  void change_clock(const RateLimiterOptions& options, Duration at, Duration then);
  /// Adapts to a clock that was set back to `at`: later times count as `at`.
  void set_back(const RateLimiterOptions& options, Duration at);
  /// Returns true if from `at` on it decides like a new machine.
  [[nodiscard]] bool idle(const RateLimiterOptions& options, Duration at);
  /// Returns the time until it is idle.
  [[nodiscard]] Duration idle_after(const RateLimiterOptions& options) const;
  /// Returns its counts for `restore`.
  [[nodiscard]] LimiterState save(const RateLimiterOptions& options) const;
  /// Returns the saved machine under `options`, changed as of `since` if they differ from the saved
  /// ones. A state from the future (the clock was set back) counts as of `at`. Errors: `conflict`
  /// (another algorithm), `decode` (inconsistent content).
  [[nodiscard]] static Result<LimiterMachine> restore(LimiterState state,
                                                      const RateLimiterOptions& options,
                                                      Duration at,
                                                      Duration since = Duration::min());
  /// Returns the heap memory that it owns in bytes.
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
    std::vector<Hold> open;  // sorted by expiry
    std::int64_t units = 0;  // sum over `open`
    Duration now{};          // equals the newest time of the algorithm
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
