// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <concepts>
#include <cstdint>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/clock.hpp"
#include "core/mutex.hpp"
#include "core/result.hpp"
#include "resilience/breaker_machine.hpp"
#include "resilience/stage.hpp"

namespace kith {

class CircuitBreaker;

/// Permits one request through a `CircuitBreaker`, which must outlive the permit.
///
///     CircuitBreaker payments({}, system.clock(), "payments");
///     if (Result<ScopedPermit> permit = payments.acquire()) permit->success();
///
/// `success()` or `failure()` ends it. A permit dropped without either is not counted and frees its
/// probe slot. Thread-safety: none; one owner at a time.
class [[nodiscard]] ScopedPermit {
 public:
  ScopedPermit(CircuitBreaker& breaker, BreakerPermit permit, Duration began = {})
      : breaker_(&breaker), permit_(permit), began_(began) {}
  ScopedPermit(ScopedPermit&& other) noexcept
      : breaker_(std::exchange(other.breaker_, nullptr)),
        permit_(other.permit_),
        began_(other.began_) {}
  ScopedPermit& operator=(ScopedPermit&& other) noexcept;
  ~ScopedPermit() { cancel(); }

  /// Reports that the request succeeded.
  void success() { finish(Outcome::success); }
  /// Reports that the request failed. If that opens the breaker, it stays open for `open_for` (for
  /// example from a `Retry-After` header); zero: as its options say.
  void failure(Duration open_for = {}) { finish(Outcome::failure, open_for); }
  /// Returns the permit uncounted: the request was not made, or says nothing about the service.
  void cancel();

 private:
  friend class CircuitBreaker;
  void finish(Outcome outcome, Duration open_for = {});

  CircuitBreaker* breaker_;
  BreakerPermit permit_;
  Duration began_;  // read only when calls can be slow
};

/// Describes one event of a breaker. Thread-safety: plain value.
struct BreakerEvent {
  enum class Kind : std::uint8_t {
    state_changed,
    refused,
    failure,
    failure_rate_exceeded,  ///< in metrics_only; once until the window is cleared
    slow_rate_exceeded,     ///< in metrics_only; once until the window is cleared
  };
  Kind kind = Kind::state_changed;
  Duration at{};
  BreakerState state = BreakerState::closed;  ///< after the event
};

/// Decides which errors and exceptions count as failures. Thread-safety: plain value.
struct BreakerPredicates {
  /// Selects errors that are not counted: the permit is returned.
  std::function<bool(const Error&)> ignore{};
  /// Selects errors that count as failures; the others count as successes. Empty: all are failures.
  std::function<bool(const Error&)> record{};
  /// As above for exceptions, which are rethrown in any case.
  std::function<bool(const std::exception&)> ignore_exception{};
  std::function<bool(const std::exception&)> record_exception{};

  /// Returns the outcome of a request that ended with this error or exception.
  [[nodiscard]] Outcome outcome_of(const Error& error) const;
  [[nodiscard]] Outcome outcome_of(const std::exception& exception) const;
};

/// Refuses requests to a failing service until a probe shows that it has recovered.
///
///     CircuitBreaker payments({.failure_threshold = 5}, system.clock(), "payments");
///     auto charge = [] { return Result<std::string>("receipt 17"); };
///     Result<std::string> receipt = payments.run(charge);
///
/// It hands out permits and takes results back; callers run their requests themselves and never
/// queue here.
/// Thread-safety: all functions may be called from any thread; no lock is held during a request or
/// while a listener runs. `acquire` takes no lock while the breaker is closed, and neither does a
/// success if the policy is `consecutive` and no failure is counted (ADR 0014).
class CircuitBreaker {
 public:
  /// `clock` must outlive the breaker; `name` appears in errors. Every request fails with
  /// `invalid_argument` if the name is empty or `validate` refuses the options.
  CircuitBreaker(CircuitBreakerOptions options, const Clock& clock, std::string name = "unnamed");

  /// Requests a permit. Errors: `circuit_open`; its text names the breaker, its state and when to
  /// try again (`breaker_refusal`).
  [[nodiscard]] Result<ScopedPermit> acquire();

  /// Runs `request` if the breaker permits it. `request` returns a T, void, or a `Result<T>` whose
  /// error counts as a failure. A `std::exception` counts as a failure and is rethrown; any other
  /// unwinding (a killed process) is not counted. Errors: `circuit_open`, and those of `request`.
  template <std::invocable F>
  Attempt<F> run(F&& request);

  /// Closes the breaker and ends any state set with `force`. Results of requests in flight are
  /// ignored.
  void reset();
  /// Puts the breaker into `state`; results of requests in flight are ignored. Only `reset`,
  /// `force` or `open_for` end disabled, forced_open, forced_closed and metrics_only.
  void force(BreakerState state);
  /// Opens the breaker for `time` from now.
  void open_for(Duration time);
  /// Makes the transitions that are due. Call it at `next_deadline` if the options ask for
  /// transitions without a request (`automatic_half_open`, `close_without_probes`,
  /// `half_open_for`).
  void poll();
  /// Returns when `poll` is due on the steady clock, or nullopt if it has nothing to do.
  [[nodiscard]] std::optional<TimePoint> next_deadline() const;

  /// Sets the listener, which may call the breaker. Call before sharing it between threads.
  void on_event(std::function<void(const BreakerEvent&)> listener) {
    listener_ = std::move(listener);
  }
  /// Sets the predicates. Call before sharing it between threads.
  void set_predicates(BreakerPredicates predicates) { predicates_ = std::move(predicates); }

  /// Returns the state after the last request or result; an open breaker becomes half-open with the
  /// next request or `poll`, not by the passing of time.
  [[nodiscard]] BreakerState state() const;
  [[nodiscard]] BreakerCounters counters() const;
  /// Returns the rates of its window as of now; while open, those that it opened with.
  [[nodiscard]] BreakerMetrics metrics() const;
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const CircuitBreakerOptions& options() const { return options_; }

 private:
  friend class ScopedPermit;
  /// Counts requests that took no lock. Threads are spread over the stripes, one cache line each.
  struct alignas(64) Stripe {
    std::atomic<std::uint64_t> requests{0};
    std::atomic<std::uint64_t> successes{0};
  };
  using Events = std::vector<BreakerEvent>;
  /// Publishes the new state to `closed_` and appends the transitions to `events`.
  void changed(const std::vector<BreakerTransition>& transitions, Events& events)
      KITH_REQUIRES(mutex_);
  void tell(const Events& events) const;
  Result<ScopedPermit> acquire_locked();
  void record(const BreakerPermit& permit, const CallResult& result);
  void cancel(const BreakerPermit& permit);
  [[nodiscard]] Stripe& stripe();
  [[nodiscard]] Duration now() const { return clock_.now().time_since_epoch(); }
  /// The start of a call; read only if its duration matters.
  [[nodiscard]] Duration began() const { return timed_ ? now() : Duration{}; }

  const std::string name_;
  const CircuitBreakerOptions options_;
  const Result<void> acceptable_;
  const bool timed_;
  const Clock& clock_;
  std::function<void(const BreakerEvent&)> listener_;
  BreakerPredicates predicates_;
  /// 0 unless closed; else twice the machine's generation, plus 1 if a success only changes a
  /// counter. Written under `mutex_`, read without it: lets a closed breaker admit lock-free.
  alignas(64) std::atomic<std::uint64_t> closed_{0};
  std::array<Stripe, 8> stripes_;
  mutable Mutex mutex_;
  mutable BreakerMachine machine_ KITH_GUARDED_BY(mutex_);
};

template <std::invocable F>
Attempt<F> CircuitBreaker::run(F&& request) {
  using Returned = std::invoke_result_t<F>;
  Result<ScopedPermit> permit = acquire();
  if (!permit) return permit.error();
  try {
    if constexpr (std::is_void_v<Returned>) {
      std::forward<F>(request)();
      permit->success();
      return {};
    } else {
      Returned returned = std::forward<F>(request)();
      Outcome outcome = Outcome::success;
      if constexpr (detail::is_result<Returned>) {
        if (!returned.has_value()) outcome = predicates_.outcome_of(returned.error());
      }
      permit->finish(outcome);
      return returned;
    }
  } catch (const std::exception& exception) {
    permit->finish(predicates_.outcome_of(exception));
    throw;
  }
}

}  // namespace kith
