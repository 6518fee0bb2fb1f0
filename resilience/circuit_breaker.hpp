#pragma once

#include <concepts>
#include <exception>
#include <string>
#include <type_traits>
#include <utility>

#include "core/clock.hpp"
#include "core/mutex.hpp"
#include "core/result.hpp"
#include "resilience/breaker_machine.hpp"

namespace kith {

class CircuitBreaker;

/// The right to do one request through a `CircuitBreaker`, which must outlive it. Ends with
/// `success()` or `failure()`; a permit that is dropped without either counts as nothing, and a
/// probe's place is free again. Thread-safety: none; it has one owner at a time.
class [[nodiscard]] ScopedPermit {
 public:
  ScopedPermit(CircuitBreaker& breaker, BreakerPermit permit)
      : breaker_(&breaker), permit_(permit) {}
  ScopedPermit(ScopedPermit&& other) noexcept
      : breaker_(std::exchange(other.breaker_, nullptr)), permit_(other.permit_) {}
  ScopedPermit& operator=(ScopedPermit&& other) noexcept;
  ~ScopedPermit() { cancel(); }

  /// The request was answered as it should be.
  void success() { finish(Outcome::success); }
  /// The request failed.
  void failure() { finish(Outcome::failure); }
  /// The request was not made, or its end says nothing about the service.
  void cancel();

 private:
  void finish(Outcome outcome);

  CircuitBreaker* breaker_;
  BreakerPermit permit_;
};

namespace breaker_detail {

template <typename T>
inline constexpr bool is_result = false;
template <typename T>
inline constexpr bool is_result<Result<T>> = true;

/// What `run` returns for a function that returns T.
template <typename T>
struct AsResult {
  using type = Result<T>;
};
template <typename T>
struct AsResult<Result<T>> {
  using type = Result<T>;
};

}  // namespace breaker_detail

/// Protects a service that fails, and those who wait for it: after a number of failures in a row
/// requests are refused at once, until a probe shows that the service is back. It never runs
/// requests itself: it hands out permits and takes results back, so callers do not queue.
/// Thread-safety: all functions may be called from any thread; no lock is held during a request.
///
///     CircuitBreaker payments({.failure_threshold = 5, .open_for = 60s}, clock, "payments");
///     Result<Receipt> paid = payments.run([&] { return charge(order); });
class CircuitBreaker {
 public:
  /// `clock` must outlive it; `name` appears in errors. Options that `validate` refuses make every
  /// request fail with `invalid_argument`.
  CircuitBreaker(CircuitBreakerOptions options, const Clock& clock, std::string name = "unnamed");

  /// Asks for permission to do one request. Errors: `circuit_open`, with the time after which to
  /// try again in its text.
  [[nodiscard]] Result<ScopedPermit> acquire();

  /// Does one request if it is permitted. `request` returns a T, nothing, or a `Result<T>`, whose
  /// error counts as a failure. A `std::exception` counts as a failure and is thrown on; anything
  /// else that unwinds (a killed process) counts as nothing. Errors: `circuit_open`, and those of
  /// `request`.
  template <std::invocable F>
  typename breaker_detail::AsResult<std::invoke_result_t<F>>::type run(F&& request);

  /// Closes it by hand; requests under way will change nothing.
  void reset();

  /// Where it stands; open remains open until somebody asks.
  [[nodiscard]] BreakerState state() const;
  [[nodiscard]] BreakerCounters counters() const;
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const CircuitBreakerOptions& options() const { return options_; }

 private:
  friend class ScopedPermit;
  void record(const BreakerPermit& permit, Outcome outcome);
  void cancel(const BreakerPermit& permit);
  [[nodiscard]] Error refusal(Duration retry_after) const;
  [[nodiscard]] Duration now() const { return clock_.now().time_since_epoch(); }

  const std::string name_;
  const CircuitBreakerOptions options_;
  const Result<void> acceptable_;
  const Clock& clock_;
  mutable Mutex mutex_;
  BreakerMachine machine_ KITH_GUARDED_BY(mutex_);
};

template <std::invocable F>
typename breaker_detail::AsResult<std::invoke_result_t<F>>::type CircuitBreaker::run(F&& request) {
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
      bool succeeded = true;
      if constexpr (breaker_detail::is_result<Returned>) succeeded = returned.has_value();
      if (succeeded)
        permit->success();
      else
        permit->failure();
      return returned;
    }
  } catch (const std::exception&) {
    permit->failure();
    throw;
  }
}

}  // namespace kith
