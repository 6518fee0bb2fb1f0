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

/// The right to do one request through a `CircuitBreaker`, which must outlive it. Ends with
/// `success()` or `failure()`; a permit that is dropped without either counts as nothing, and a
/// probe's place is free again. Thread-safety: none; it has one owner at a time.
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

  /// The request was answered as it should be.
  void success() { finish(Outcome::success); }
  /// The request failed. When that opens the breaker, `open_for` tells for how long (what a
  /// `Retry-After` says, for instance); zero: as its options say.
  void failure(Duration open_for = {}) { finish(Outcome::failure, open_for); }
  /// The request was not made, or its end says nothing about the service.
  void cancel();

 private:
  friend class CircuitBreaker;
  void finish(Outcome outcome, Duration open_for = {});

  CircuitBreaker* breaker_;
  BreakerPermit permit_;
  Duration began_;  // read only when calls can be slow
};

/// What happened to a breaker. Thread-safety: plain value.
struct BreakerEvent {
  enum class Kind : std::uint8_t {
    state_changed,
    refused,
    failure,
    failure_rate_exceeded,  ///< in metrics_only, once until results are forgotten
    slow_rate_exceeded,     ///< in metrics_only, once until results are forgotten
  };
  Kind kind = Kind::state_changed;
  Duration at{};
  BreakerState state = BreakerState::closed;  ///< after it
};

/// What a breaker takes for a failure. Thread-safety: plain value.
struct BreakerPredicates {
  /// Errors that count as nothing: the permit is given back.
  std::function<bool(const Error&)> ignore{};
  /// Errors that are failures; those that are not are successes. Absent: all are.
  std::function<bool(const Error&)> record{};
  /// The same for exceptions, which are thrown on in any case.
  std::function<bool(const std::exception&)> ignore_exception{};
  std::function<bool(const std::exception&)> record_exception{};

  /// What a request counts as that ended with this error, or this exception.
  [[nodiscard]] Outcome outcome_of(const Error& error) const;
  [[nodiscard]] Outcome outcome_of(const std::exception& exception) const;
};

/// Protects a service that fails, and those who wait for it: after a number of failures in a row
/// requests are refused at once, until a probe shows that the service is back. It never runs
/// requests itself: it hands out permits and takes results back, so callers do not queue.
/// Thread-safety: all functions may be called from any thread; no lock is held during a request or
/// while a listener runs. While it is closed nobody who asks takes a lock, nor does a success when
/// the policy counts failures in a row and none is open (ADR 0014).
///
///     CircuitBreaker payments({.failure_threshold = 5, .open_for = 60s}, clock, "payments");
///     Result<Receipt> paid = payments.run([&] { return charge(order); });
class CircuitBreaker {
 public:
  /// `clock` must outlive it; `name` appears in errors. Options that `validate` refuses, and an
  /// empty name, make every request fail with `invalid_argument`.
  CircuitBreaker(CircuitBreakerOptions options, const Clock& clock, std::string name = "unnamed");

  /// Asks for permission to do one request. Errors: `circuit_open`; its text names the breaker, its
  /// state and when to try again (`breaker_refusal`).
  [[nodiscard]] Result<ScopedPermit> acquire();

  /// Does one request if it is permitted. `request` returns a T, nothing, or a `Result<T>`, whose
  /// error counts as a failure. A `std::exception` counts as a failure and is thrown on; anything
  /// else that unwinds (a killed process) counts as nothing. Errors: `circuit_open`, and those of
  /// `request`.
  template <std::invocable F>
  Attempt<F> run(F&& request);

  /// Closes it by hand, also when it was put into another state by hand: takes that back. Requests
  /// under way will change nothing.
  void reset();
  /// Puts it into a state by hand; requests under way will change nothing. Only another call by
  /// hand ends disabled, forced_open, forced_closed and metrics_only.
  void force(BreakerState state);
  /// Opens it until so long from now.
  void open_for(Duration time);
  /// Does what is due by itself; to be called at `next_deadline` by who has timers.
  void poll();
  /// When `poll` has something to do, on the steady clock.
  [[nodiscard]] std::optional<TimePoint> next_deadline() const;

  /// Set before it is shared between threads; the listener may call the breaker.
  void on_event(std::function<void(const BreakerEvent&)> listener) {
    listener_ = std::move(listener);
  }
  /// Set before it is shared between threads.
  void set_predicates(BreakerPredicates predicates) { predicates_ = std::move(predicates); }

  /// Where it stands; open remains open until somebody asks.
  [[nodiscard]] BreakerState state() const;
  [[nodiscard]] BreakerCounters counters() const;
  /// What the window of its policy has seen that counts now; while it is open, what it opened with.
  [[nodiscard]] BreakerMetrics metrics() const;
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const CircuitBreakerOptions& options() const { return options_; }

 private:
  friend class ScopedPermit;
  /// Counts of those who took no lock: one of several lines, so that threads do not share them.
  struct alignas(64) Stripe {
    std::atomic<std::uint64_t> requests{0};
    std::atomic<std::uint64_t> successes{0};
  };
  using Events = std::vector<BreakerEvent>;
  /// A machine that changed: tells those who take no lock, and collects what listeners are told.
  void changed(const std::vector<BreakerTransition>& transitions, Events& events)
      KITH_REQUIRES(mutex_);
  void tell(const Events& events) const;
  Result<ScopedPermit> acquire_locked();
  void record(const BreakerPermit& permit, const CallResult& result);
  void cancel(const BreakerPermit& permit);
  [[nodiscard]] Stripe& stripe();
  [[nodiscard]] Duration now() const { return clock_.now().time_since_epoch(); }
  /// The beginning of a call, when somebody will want to know how long it took.
  [[nodiscard]] Duration began() const { return timed_ ? now() : Duration{}; }

  const std::string name_;
  const CircuitBreakerOptions options_;
  const Result<void> acceptable_;
  const bool timed_;
  const Clock& clock_;
  std::function<void(const BreakerEvent&)> listener_;
  BreakerPredicates predicates_;
  /// The machine's generation while it is closed, else 0; twice that, and 1 when a success changes
  /// nothing but a count. Written under the lock only.
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
