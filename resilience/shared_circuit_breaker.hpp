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

/// A circuit breaker that all nodes share: decided at the primary of its name's partition. It hands
/// out permits and collects results; requests run at the caller. When the primary dies the breaker
/// starts closed on the next one (docs/guarantees.md). A value: copies mean the same breaker.
/// Thread-safety: any thread, inside and outside of processes; outlived by its node.
///
///     auto payments = node.breaker("payments", {.failure_threshold = 5, .open_for = 60s});
///     Result<Receipt> paid = payments.run([&] { return charge(order); });
class SharedCircuitBreaker {
 public:
  /// Requests define the breaker by `options`; without any they go by the definition in force, or
  /// the usual one when nothing has defined the breaker yet.
  SharedCircuitBreaker(System& system, const cluster::PartitionRouter& router, std::string name,
                       std::optional<CircuitBreakerOptions> options)
      : system_(&system), router_(&router), name_(std::move(name)), options_(options) {}

  /// Asks for permission. A refusal is an answer without permit. Errors: `no_connection`,
  /// `timeout`, `invalid_argument`, `overloaded`, `crashed` (the service ended first),
  /// `unavailable` (this node is stopped).
  Result<BreakerAdmission> acquire() const;
  /// Brings a permit back. Errors as `acquire`.
  Result<resilience::BreakerStatus> record(const BreakerPermit& permit,
                                           const CallResult& result) const;
  Result<resilience::BreakerStatus> record(const BreakerPermit& permit, Outcome outcome) const {
    return record(permit, CallResult{.outcome = outcome});
  }
  /// Brings a permit back without a result.
  void cancel(const BreakerPermit& permit) const;
  /// Where it stands; to look changes nothing. Errors as `acquire`.
  Result<resilience::BreakerStatus> status() const;
  /// The same with its definition and what a request would be answered; nothing when it is not
  /// defined. Errors as `acquire`.
  Result<std::optional<resilience::BreakerEntry>> look() const;
  /// Closes it by hand. Errors as `acquire`.
  Result<resilience::BreakerStatus> reset() const;
  /// Puts it into a state by hand, for all nodes: closed, disabled, forced_open, forced_closed or
  /// metrics_only. Errors as `acquire`.
  Result<resilience::BreakerStatus> force(BreakerState state) const;
  /// Opens it by hand until so long from now. Errors as `acquire`.
  Result<resilience::BreakerStatus> open_for(Duration time) const;
  /// What `run` of this value takes for a failure.
  void set_predicates(BreakerPredicates predicates) { predicates_ = std::move(predicates); }

  /// Does one request if it is permitted; what counts as a failure: as `CircuitBreaker::run`.
  /// Errors: `circuit_open`, those of `acquire`, those of `request`.
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
  /// What its requests define; nothing: they go by the definition in force.
  [[nodiscard]] const std::optional<CircuitBreakerOptions>& options() const { return options_; }

 private:
  /// Brings the permit back once, whatever happens; a killed caller counts as nothing.
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
