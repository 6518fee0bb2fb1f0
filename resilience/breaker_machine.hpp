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

/// How a permitted request ended.
enum class Outcome : std::uint8_t {
  success,
  failure,
  ignored,  ///< says nothing about the service: the permit is given back, nothing is counted
};

/// The result of a permitted request. Thread-safety: plain value.
struct CallResult {
  Outcome outcome = Outcome::success;
  /// How long it took: for slow calls.
  Duration took{};
  /// When this result opens the breaker: for how long; zero: as the options say.
  Duration open_for{};

  KITH_FIELDS(outcome, took, open_for)
};

/// A change of state: an effect of the machine. Thread-safety: plain value.
struct BreakerTransition {
  Duration at{};  ///< the breaker's own time
  BreakerState to = BreakerState::closed;

  KITH_FIELDS(at, to)
  friend bool operator==(const BreakerTransition&, const BreakerTransition&) = default;
};

/// The right to do one request, to be brought back with its result. Thread-safety: plain value.
struct BreakerPermit {
  /// Which spell of which state gave it; each probe of half-open has its own.
  std::uint64_t generation = 0;

  KITH_FIELDS(generation)
  friend bool operator==(const BreakerPermit&, const BreakerPermit&) = default;
};

/// What a breaker has seen since it was made. Thread-safety: plain value.
struct BreakerCounters {
  std::uint64_t requests = 0;   ///< all that reached it, refused ones too
  std::uint64_t successes = 0;  ///< of permitted requests
  std::uint64_t failures = 0;   ///< of permitted requests
  std::uint64_t refused = 0;

  KITH_FIELDS(requests, successes, failures, refused)
  friend bool operator==(const BreakerCounters&, const BreakerCounters&) = default;
};

/// The answer to a request for permission. Thread-safety: plain value.
struct BreakerAdmission {
  std::optional<BreakerPermit> permit = std::nullopt;  ///< absent: refused
  /// Of a refusal: when to ask again at the earliest; `Duration::max()`: when somebody changed it.
  Duration retry_after{};
  std::vector<BreakerTransition> transitions{};  ///< in order
  /// Of a refusal: the state that refused.
  std::optional<BreakerState> state = std::nullopt;

  KITH_FIELDS(permit, retry_after, transitions, state)
};

/// The answer to a request whose outcome is known. Thread-safety: plain value.
struct BreakerRun {
  bool refused = false;
  std::vector<BreakerTransition> transitions{};  ///< in order

  KITH_FIELDS(refused, transitions)
  friend bool operator==(const BreakerRun&, const BreakerRun&) = default;
};

/// Rates that were exceeded in metrics_only since somebody asked. Thread-safety: plain value.
struct BreakerAlarms {
  bool failure_rate = false;
  bool slow_rate = false;
  friend bool operator==(const BreakerAlarms&, const BreakerAlarms&) = default;
};

/// A circuit breaker as a value: it hands out permits and takes results back; no clock, no lock.
///
///   closed    --the policy says so-->                               open
///   open      --first request after its time, or `poll`-->          half_open
///   half_open --enough successes, or rates below the thresholds-->  closed
///   half_open --enough failures, or a rate at its threshold-->      open
///   half_open --half_open_for without a decision-->                 open or closed
///
/// `at` is the time since an epoch of the caller's choice. The breaker keeps its own newest time,
/// moved by every request that reaches it and every result; an older one counts at that time.
/// Thread-safety: plain value.
class BreakerMachine {
 public:
  /// `options` must have passed `validate`; `seed` is that of jitter and injected faults.
  explicit BreakerMachine(CircuitBreakerOptions options, std::uint64_t seed = 0);

  /// Asks for permission to do one request.
  [[nodiscard]] BreakerAdmission acquire(Duration at);
  /// Brings back a permit with the result. One of an earlier spell changes nothing.
  std::vector<BreakerTransition> record(const BreakerPermit& permit, const CallResult& result,
                                        Duration at);
  std::vector<BreakerTransition> record(const BreakerPermit& permit, Outcome outcome, Duration at) {
    return record(permit, CallResult{.outcome = outcome}, at);
  }
  /// Brings back a permit without result: nothing is counted, a probe's place is free again.
  void cancel(const BreakerPermit& permit);
  /// Asks and, when permitted, records at once: for requests that are over already.
  BreakerRun run_at(const CallResult& result, Duration at);
  BreakerRun run_at(Outcome outcome, Duration at) {
    return run_at(CallResult{.outcome = outcome}, at);
  }
  /// Closes it by hand and forgets results, which takes back a state that was set by hand; permits
  /// that are out will change nothing.
  std::vector<BreakerTransition> reset(Duration at);
  /// Puts it into a state by hand and forgets results, when this is open with the next state;
  /// permits that are out will change nothing.
  std::vector<BreakerTransition> force(BreakerState state, Duration at);
  /// Goes on under other options, which must have passed `validate`: results are forgotten and
  /// permits that are out will change nothing. A state that was set by hand stays (B-041), open
  /// until its time is over: only `reset` and `force` take it back.
  std::vector<BreakerTransition> redefine(const CircuitBreakerOptions& options, Duration at);
  /// Opens it until an instant.
  std::vector<BreakerTransition> open_until(Duration until, Duration at);
  /// Does what is due by itself (automatic half-open, the end of half_open_for).
  std::vector<BreakerTransition> poll(Duration at);
  /// When `poll` has something to do; nothing when it has not.
  [[nodiscard]] std::optional<Duration> next_deadline() const;
  /// Rates that were exceeded in metrics_only, each told once until results are forgotten.
  BreakerAlarms take_alarms();

  /// The state after the last request or result; open remains open until somebody asks.
  [[nodiscard]] BreakerState state() const { return state_; }
  [[nodiscard]] const BreakerCounters& counters() const { return counters_; }
  /// What its window has seen, as of its newest time; while it is open, before it opened.
  [[nodiscard]] BreakerMetrics metrics() { return metrics(newest_); }
  /// The same as of `at`, when that is newer: what is older than the window is not shown.
  [[nodiscard]] BreakerMetrics metrics(Duration at);
  /// Failures that count while it is not open: in a row, or within the time.
  [[nodiscard]] std::uint32_t consecutive_failures() { return consecutive_failures(newest_); }
  /// The same as of `at`, when that is newer.
  [[nodiscard]] std::uint32_t consecutive_failures(Duration at);
  [[nodiscard]] const CircuitBreakerOptions& options() const { return options_; }
  /// Which spell of which state it is in: what a permit of now carries (in half-open: what that of
  /// the newest probe does).
  [[nodiscard]] std::uint64_t generation() const { return generation_; }
  /// Calls in flight in half-open.
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

  /// A call in flight in half-open.
  struct Probe {
    std::uint64_t generation;
    Duration at;  // when it was let pass
  };

  CircuitBreakerOptions options_;
  BreakerState state_ = BreakerState::closed;
  bool by_hand_ = false;  // the state was set so, and no program ends it
  std::uint64_t generation_ = 1;
  Duration newest_ = Duration::min();
  Duration entered_{};    // when the present state began
  Duration open_time_{};  // of the present spell of open
  std::uint32_t failures_ = 0;
  std::uint32_t openings_ = 0;  // since it was last closed
  std::uint32_t probe_successes_ = 0;
  std::uint32_t probe_failures_ = 0;
  std::vector<Probe> probes_;  // oldest first
  OutcomeWindow window_;       // of half-open: the results of the probes
  BreakerAlarms raised_;
  BreakerAlarms told_;
  BreakerCounters counters_;
  Random random_;
};

}  // namespace kith
