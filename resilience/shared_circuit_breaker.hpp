// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <exception>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "actor/system.hpp"
#include "cluster/partition_router.hpp"
#include "core/result.hpp"
#include "resilience/breaker_machine.hpp"
#include "resilience/breaker_status.hpp"
#include "resilience/circuit_breaker.hpp"

namespace kith {

/// Refuses requests of all nodes to a failing service until a probe shows that it has recovered.
///
///     auto payments = node.breaker("payments", {.failure_threshold = 5, .open_for = 60s});
///     auto charge = [] { return Result<std::string>("receipt 17"); };
///     Result<std::string> receipt = payments.run(charge);
///
/// The primary of the name's partition hands out permits and collects results; requests run at the
/// caller. If the primary dies, the breaker starts closed on the next one (docs/guarantees.md).
/// Thread-safety: any thread, inside and outside of processes. Copies refer to the same breaker;
/// the node must outlive them.
class SharedCircuitBreaker {
 public:
  /// Each `acquire` and `force` defines the breaker with `options`. Without options they use the
  /// definition in force, or the default options if there is none.
  SharedCircuitBreaker(System& system, const cluster::PartitionRouter& router, std::string name,
                       std::optional<CircuitBreakerOptions> options)
      : system_(&system), router_(&router), name_(std::move(name)), options_(options) {}

  /// Requests a permit. A refusal is an answer without a permit. Errors: `no_connection`,
  /// `timeout`, `invalid_argument`, `overloaded`, `crashed` (the service ended before answering),
  /// `unavailable` (this node is stopped).
  Result<BreakerAdmission> acquire() const;
  /// Returns a permit with the result of its request. Errors: as `acquire`.
  Result<resilience::BreakerStatus> record(const BreakerPermit& permit,
                                           const CallResult& result) const;
  Result<resilience::BreakerStatus> record(const BreakerPermit& permit, Outcome outcome) const {
    return record(permit, CallResult{.outcome = outcome});
  }
  /// Returns a permit without a result.
  void cancel(const BreakerPermit& permit) const;
  /// Returns the state and counters; changes nothing. Errors: as `acquire`.
  Result<resilience::BreakerStatus> status() const;
  /// Returns the status, the definition and the answer that a request would get now; nullopt if the
  /// breaker is not defined. Changes nothing. Errors: as `acquire`.
  Result<std::optional<resilience::BreakerEntry>> look() const;
  /// Closes the breaker and ends any state set with `force`. Errors: as `acquire`.
  Result<resilience::BreakerStatus> reset() const;
  /// Puts the breaker into `state` for all nodes; any state but half_open. Errors: as `acquire`.
  Result<resilience::BreakerStatus> force(BreakerState state) const;
  /// Opens the breaker for `time` from now. Errors: as `acquire`.
  Result<resilience::BreakerStatus> open_for(Duration time) const;
  /// Sets which errors `run` of this value counts as failures.
  void set_predicates(BreakerPredicates predicates) { predicates_ = std::move(predicates); }

  /// Runs `request` if the breaker permits it; failures count as in `CircuitBreaker::run`. Errors:
  /// `circuit_open`, those of `acquire`, those of `request`.
  template <std::invocable F>
  Attempt<F> run(F&& request) const {
    using Returned = std::invoke_result_t<F>;
    const Result<BreakerAdmission> admission = acquire();
    if (!admission) return admission.error();
    if (!admission->permit) return refusal(*admission);
    Finish finish{*this, *admission->permit, system_->clock().now()};
    try {
      if constexpr (std::is_void_v<Returned>) {
        std::forward<F>(request)();
        finish.with(Outcome::success);
        return {};
      } else {
        Returned returned = std::forward<F>(request)();
        Outcome outcome = Outcome::success;
        if constexpr (detail::is_result<Returned>) {
          if (!returned.has_value()) outcome = predicates_.outcome_of(returned.error());
        }
        finish.with(outcome);
        return returned;
      }
    } catch (const std::exception& exception) {
      finish.with(predicates_.outcome_of(exception));
      throw;
    }
  }

  [[nodiscard]] const std::string& name() const { return name_; }
  /// The options that its requests define; nullopt if they use the definition in force.
  [[nodiscard]] const std::optional<CircuitBreakerOptions>& options() const { return options_; }

 private:
  /// Returns the permit exactly once; without a result if the caller unwinds (it was killed).
  struct Finish {
    const SharedCircuitBreaker& breaker;
    BreakerPermit permit;
    TimePoint began;
    bool done = false;
    void with(Outcome outcome) {
      if (std::exchange(done, true)) return;
      const Duration took = breaker.system_->clock().now() - began;
      static_cast<void>(breaker.record(permit, CallResult{.outcome = outcome, .took = took}));
    }
    ~Finish() {
      if (!done) breaker.cancel(permit);
    }
  };

  [[nodiscard]] Error refusal(const BreakerAdmission& admission) const;
  template <typename Request>
  Result<typename Request::Reply> ask(Request request) const;

  System* system_;
  const cluster::PartitionRouter* router_;
  std::string name_;
  std::optional<CircuitBreakerOptions> options_;
  BreakerPredicates predicates_;
};

}  // namespace kith
