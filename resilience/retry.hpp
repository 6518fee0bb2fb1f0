// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

#include "core/mutex.hpp"
#include "resilience/stage.hpp"
#include "supervision/child_spec.hpp"

namespace kith {

/// Bounds the retries of all callers of a service to a fraction of their requests, so that retries
/// do not multiply the load on a failing service. Share one budget per service. Source: Finagle,
/// "RetryBudget". Thread-safety: any thread.
class RetryBudget {
 public:
  /// Each request adds `ratio` retries to the balance, up to `reserve`; the balance starts at
  /// `reserve`. Both are rounded to millionths. Higher values allow more retries under load.
  explicit RetryBudget(double ratio = 0.1, double reserve = 10);

  /// Adds the retries of one request to the balance.
  void deposit();
  /// Takes one retry from the balance; false if less than one is left.
  [[nodiscard]] bool withdraw();

 private:
  // In millionths of a retry, so that ten tenths add up to exactly one.
  const std::int64_t ratio_;
  const std::int64_t reserve_;
  Mutex mutex_;
  std::int64_t saved_ KITH_GUARDED_BY(mutex_);
};

/// Configures retries. Thread-safety: plain value.
struct RetryOptions {
  /// Attempts per request, the first one included. Higher masks longer failures at the price of
  /// load and latency.
  std::uint32_t attempts = 3;
  Backoff backoff = {};  ///< between two attempts
  /// Selects the errors to retry. Empty: `timeout`, `no_connection`, `overloaded`, `unavailable`,
  /// `no_process`, `crashed`.
  std::function<bool(const Error&)> when = {};
  std::shared_ptr<RetryBudget> budget = {};  ///< null: bounded by `attempts` only
};

/// Retries failed requests with back-off; a stage of a pipeline.
///
///     Retry retry({.attempts = 5, .budget = std::make_shared<RetryBudget>()});
///     Result<int> rows = retry.run([] { return Result<int>(42); });
///
/// A request that throws is not retried.
/// Thread-safety: plain value; inside processes only, because it waits.
class Retry {
 public:
  explicit Retry(RetryOptions options = {}) : options_(std::move(options)) {}

  /// Returns the first success, or the last error.
  template <std::invocable F>
  Attempt<F> run(F request) const {
    begin();
    for (std::uint32_t made = 1;; ++made) {
      Attempt<F> result = attempt(request);
      if (result || !goes_on(result.error(), made)) return result;
    }
  }

 private:
  void begin() const;
  /// Waits for the back-off and returns true if another attempt follows the `made` ones.
  [[nodiscard]] bool goes_on(const Error& error, std::uint32_t made) const;

  RetryOptions options_;
};

}  // namespace kith
