#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "core/clock.hpp"
#include "core/result.hpp"
#include "core/wire_types.hpp"

namespace kith {

/// Where a breaker stands.
enum class BreakerState : std::uint8_t {
  closed,     ///< requests pass; consecutive failures are counted
  open,       ///< requests are refused until `open_for` has passed
  half_open,  ///< a few probes pass and decide
};

/// The state's stable name, e.g. "half_open".
[[nodiscard]] std::string_view to_string(BreakerState state);
/// The state with that name, if there is one.
[[nodiscard]] std::optional<BreakerState> breaker_state_from_string(std::string_view name);

/// When a breaker opens and how it heals. Thread-safety: plain value.
struct CircuitBreakerOptions {
  /// Failures in a row that open it: at least 1.
  std::uint32_t failure_threshold = 5;
  /// How long it refuses before it lets a probe pass; zero means that the next request is a probe.
  Duration open_for = std::chrono::seconds(60);
  /// Probes in half-open, and how many must succeed to close: at least 1.
  std::uint32_t half_open_probes = 1;
  /// A probe without a result for so long is given up; its place goes to the next request.
  Duration probe_timeout = std::chrono::seconds(60);

  KITH_FIELDS(failure_threshold, open_for, half_open_probes, probe_timeout)
  friend bool operator==(const CircuitBreakerOptions&, const CircuitBreakerOptions&) = default;
};

/// Success, or `invalid_argument` with the option that is out of range. Options that come from
/// outside must pass here before a machine is made of them.
[[nodiscard]] Result<void> validate(const CircuitBreakerOptions& options);

/// How a permitted request ended.
enum class Outcome : std::uint8_t { success, failure };

/// A change of state: an effect of the machine. Thread-safety: plain value.
struct BreakerTransition {
  Duration at{};  ///< the breaker's own time
  BreakerState to = BreakerState::closed;

  KITH_FIELDS(at, to)
  friend bool operator==(const BreakerTransition&, const BreakerTransition&) = default;
};

/// The right to do one request, to be brought back with its result. Thread-safety: plain value.
struct BreakerPermit {
  std::uint64_t generation = 0;  ///< which spell of which state gave it

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
  /// Of a refusal: when to ask again at the earliest.
  Duration retry_after{};
  std::vector<BreakerTransition> transitions{};  ///< in order

  KITH_FIELDS(permit, retry_after, transitions)
};

/// The answer to a request whose outcome is known. Thread-safety: plain value.
struct BreakerRun {
  bool refused = false;
  std::vector<BreakerTransition> transitions{};  ///< in order

  KITH_FIELDS(refused, transitions)
  friend bool operator==(const BreakerRun&, const BreakerRun&) = default;
};

/// A circuit breaker as a value: it hands out permits and takes results back; no clock, no lock.
///
///   closed    --failure_threshold failures in a row-->  open
///   open      --first request after open_for-->         half_open
///   half_open --half_open_probes successes-->           closed
///   half_open --one failure-->                          open
///
/// `at` is the time since an epoch of the caller's choice. The breaker keeps its own newest time,
/// moved by every request that reaches it and every result; an older one counts at that time.
/// Thread-safety: plain value.
class BreakerMachine {
 public:
  /// `options` must have passed `validate`.
  explicit BreakerMachine(CircuitBreakerOptions options) : options_(options) {}

  /// Asks for permission to do one request.
  [[nodiscard]] BreakerAdmission acquire(Duration at);
  /// Brings back a permit with the result. One of an earlier spell changes nothing.
  std::vector<BreakerTransition> record(const BreakerPermit& permit, Outcome outcome, Duration at);
  /// Brings back a permit without result: nothing is counted, a probe's place is free again.
  void cancel(const BreakerPermit& permit);
  /// Asks and, when permitted, records at once: for requests that are over already.
  BreakerRun run_at(Outcome outcome, Duration at);
  /// Closes it and forgets failures in a row; permits that are out will change nothing.
  std::vector<BreakerTransition> reset(Duration at);

  /// The state after the last request or result; open remains open until somebody asks.
  [[nodiscard]] BreakerState state() const { return state_; }
  [[nodiscard]] const BreakerCounters& counters() const { return counters_; }
  /// Failures in a row while closed.
  [[nodiscard]] std::uint32_t consecutive_failures() const { return consecutive_failures_; }
  [[nodiscard]] const CircuitBreakerOptions& options() const { return options_; }

 private:
  BreakerTransition enter(BreakerState state);
  BreakerAdmission refuse(Duration retry_after);
  BreakerAdmission admit_probe(std::vector<BreakerTransition> transitions);
  void give_up_lost_probes();

  CircuitBreakerOptions options_;
  BreakerState state_ = BreakerState::closed;
  std::uint64_t generation_ = 1;
  Duration newest_ = Duration::min();
  Duration entered_{};  // when the present state began
  std::uint32_t consecutive_failures_ = 0;
  std::uint32_t probe_successes_ = 0;
  std::vector<Duration> probes_;  // in flight: when they were let pass, oldest first
  BreakerCounters counters_;
};

}  // namespace kith
