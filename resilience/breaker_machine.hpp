// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/clock.hpp"
#include "core/random.hpp"
#include "core/wire_types.hpp"
#include "resilience/breaker_options.hpp"
#include "resilience/outcome_window.hpp"

namespace kith {

/// Tells how a permitted request ended.
enum class Outcome : std::uint8_t {
  success,
  failure,
  ignored,  ///< says nothing about the service: returns the permit uncounted
};

/// Reports the result of a permitted request. Thread-safety: plain value.
struct CallResult {
  Outcome outcome = Outcome::success;
  /// Duration of the request, for slow calls.
  Duration took{};
  /// Open time if this result opens the breaker; zero: as the options say.
  Duration open_for{};

  KITH_FIELDS(outcome, took, open_for)
};

/// Describes a state change, an effect of the machine. Thread-safety: plain value.
struct BreakerTransition {
  Duration at{};  ///< the breaker's own time
  BreakerState to = BreakerState::closed;

  KITH_FIELDS(at, to)
  friend bool operator==(const BreakerTransition&, const BreakerTransition&) = default;
};

/// Permits one request; to be returned with its result. Thread-safety: plain value.
struct BreakerPermit {
  /// Identifies the stay in a state that issued it; each probe of half-open has its own.
  std::uint64_t generation = 0;

  KITH_FIELDS(generation)
  friend bool operator==(const BreakerPermit&, const BreakerPermit&) = default;
};

/// Counts the requests of a breaker since its construction. Thread-safety: plain value.
struct BreakerCounters {
  std::uint64_t requests = 0;   ///< all, including refused ones
  std::uint64_t successes = 0;  ///< of permitted requests
  std::uint64_t failures = 0;   ///< of permitted requests
  std::uint64_t refused = 0;

  KITH_FIELDS(requests, successes, failures, refused)
  friend bool operator==(const BreakerCounters&, const BreakerCounters&) = default;
};

/// Answers a request for a permit. Thread-safety: plain value.
struct BreakerAdmission {
  std::optional<BreakerPermit> permit = std::nullopt;  ///< nullopt: refused
  /// If refused: time until a retry makes sense; `Duration::max()`: until an operator changes the
  /// state.
  Duration retry_after{};
  std::vector<BreakerTransition> transitions{};  ///< in order
  /// If refused: the state that refused.
  std::optional<BreakerState> state = std::nullopt;

  KITH_FIELDS(permit, retry_after, transitions, state)
};

/// Answers `run_at`. Thread-safety: plain value.
struct BreakerRun {
  bool refused = false;
  std::vector<BreakerTransition> transitions{};  ///< in order

  KITH_FIELDS(refused, transitions)
  friend bool operator==(const BreakerRun&, const BreakerRun&) = default;
};

/// Reports the rates exceeded in metrics_only since the last `take_alarms`. Thread-safety: plain
/// value.
struct BreakerAlarms {
  bool failure_rate = false;
  bool slow_rate = false;
  friend bool operator==(const BreakerAlarms&, const BreakerAlarms&) = default;
};

/// Implements a circuit breaker as a plain value: it issues permits and takes results back. No
/// clock, no lock.
///
///   closed    --the policy says so-->                               open
///   open      --first request after its time, or `poll`-->          half_open
///   half_open --enough successes, or rates below the thresholds-->  closed
///   half_open --enough failures, or a rate at its threshold-->      open
///   half_open --half_open_for without a decision-->                 open or closed
///
/// `at` is the time since an epoch of the caller's choice. Each request and result advances the
/// newest time of the breaker; older ones count at that time.
///
/// Invariants: entering a state increments `generation_`, and so does each probe, so a permit is
/// valid only in the stay that issued it. `probes_` is empty unless half-open, and sorted by
/// generation. Thread-safety: plain value.
class BreakerMachine {
 public:
  /// `options` must have passed `validate`; `seed` seeds jitter and injected faults.
  explicit BreakerMachine(CircuitBreakerOptions options, std::uint64_t seed = 0);

  /// Requests a permit.
  [[nodiscard]] BreakerAdmission acquire(Duration at);
  /// Returns a permit with its result. A permit of an earlier stay in a state has no effect.
  std::vector<BreakerTransition> record(const BreakerPermit& permit, const CallResult& result,
                                        Duration at);
  std::vector<BreakerTransition> record(const BreakerPermit& permit, Outcome outcome, Duration at) {
    return record(permit, CallResult{.outcome = outcome}, at);
  }
  /// Returns a permit without a result: counts nothing and frees the slot of a probe.
  void cancel(const BreakerPermit& permit);
  /// Acquires and records in one step, for requests that have already ended.
  BreakerRun run_at(const CallResult& result, Duration at);
  BreakerRun run_at(Outcome outcome, Duration at) {
    return run_at(CallResult{.outcome = outcome}, at);
  }
  /// Closes the breaker, ends a state set with `force` and clears results; outstanding permits are
  /// ignored.
  std::vector<BreakerTransition> reset(Duration at);
  /// Puts the breaker into `state` and clears results (of open, with the next state); outstanding
  /// permits are ignored.
  std::vector<BreakerTransition> force(BreakerState state, Duration at);
  /// Applies other options, which must have passed `validate`, and clears results; outstanding
  /// permits are ignored. A state set by an operator stays (B-041): open until its time is over,
  /// the others until `reset` or `force`.
  std::vector<BreakerTransition> redefine(const CircuitBreakerOptions& options, Duration at);
  /// Opens the breaker until `until`.
  std::vector<BreakerTransition> open_until(Duration until, Duration at);
  /// Makes the transitions that are due without a request (automatic half-open, the end of
  /// half_open_for).
  std::vector<BreakerTransition> poll(Duration at);
  /// Returns when `poll` is due, or nullopt if it has nothing to do.
  [[nodiscard]] std::optional<Duration> next_deadline() const;
  /// Returns and clears the rates exceeded in metrics_only; each is reported once until results are
  /// cleared.
  BreakerAlarms take_alarms();

  /// Returns the state after the last request or result; the passing of time alone does not change
  /// an open breaker.
  [[nodiscard]] BreakerState state() const { return state_; }
  [[nodiscard]] const BreakerCounters& counters() const { return counters_; }
  /// Returns the rates of its window as of its newest time; while open, those that it opened with.
  [[nodiscard]] BreakerMetrics metrics() { return metrics(newest_); }
  /// Returns the rates as of `at`, if that is newer.
  [[nodiscard]] BreakerMetrics metrics(Duration at);
  /// Returns the counted failures, in a row or within the time window; 0 while open.
  [[nodiscard]] std::uint32_t consecutive_failures() { return consecutive_failures(newest_); }
  /// Returns the counted failures as of `at`, if that is newer.
  [[nodiscard]] std::uint32_t consecutive_failures(Duration at);
  [[nodiscard]] const CircuitBreakerOptions& options() const { return options_; }
  /// Returns the generation of the current stay in a state; in half-open, of the newest probe.
  [[nodiscard]] std::uint64_t generation() const { return generation_; }
  /// Returns the number of probes in flight.
  [[nodiscard]] std::size_t probes_in_flight() const { return probes_.size(); }

 private:
  BreakerTransition enter(BreakerState state);
  BreakerTransition open(Duration open_for);
  BreakerTransition leave_open();
  [[nodiscard]] Duration next_open_time();
  BreakerAdmission refuse(Duration retry_after, std::vector<BreakerTransition> transitions);
  BreakerAdmission admit(std::vector<BreakerTransition> transitions);
  BreakerAdmission admit_probe(std::vector<BreakerTransition> transitions);
  [[nodiscard]] bool has_room_for_probe() const;
  void give_up_lost_probes();
  bool take_probe(std::uint64_t generation);
  [[nodiscard]] bool must_open();
  void raise_alarms();
  [[nodiscard]] std::optional<BreakerState> verdict();

  /// A permitted request of half-open without a result yet.
  struct Probe {
    std::uint64_t generation;
    Duration at;  // when it was admitted
  };

  CircuitBreakerOptions options_;
  BreakerState state_ = BreakerState::closed;
  bool by_hand_ = false;  // the state was set by an operator: `redefine` keeps it
  std::uint64_t generation_ = 1;
  Duration newest_ = Duration::min();
  Duration entered_{};    // when the current state began
  Duration open_time_{};  // duration of the current or last open state
  std::uint32_t failures_ = 0;
  std::uint32_t openings_ = 0;  // since it was last closed
  std::uint32_t probe_successes_ = 0;
  std::uint32_t probe_failures_ = 0;
  std::vector<Probe> probes_;  // oldest first
  OutcomeWindow window_;       // in half-open with rates: the results of the probes
  BreakerAlarms raised_;
  BreakerAlarms told_;
  BreakerCounters counters_;
  Random random_;
};

}  // namespace kith
