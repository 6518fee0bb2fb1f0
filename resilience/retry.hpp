#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

#include "core/mutex.hpp"
#include "resilience/stage.hpp"
#include "supervision/child_spec.hpp"

namespace kith {

/// Keeps retries from multiplying the load on a service that fails: so many more requests than are
/// made by themselves, and a few besides. Shared by all who retry against one service.
/// Source: Finagle, "RetryBudget". Thread-safety: any thread.
class RetryBudget {
 public:
  /// `ratio` retries for each request, and at most `reserve` saved up; it begins with these. Both
  /// count in millionths.
  explicit RetryBudget(double ratio = 0.1, double reserve = 10);

  /// A request is made.
  void deposit();
  /// Takes one retry; false when there is none left.
  [[nodiscard]] bool withdraw();

 private:
  // Millionths of a retry: parts such as a tenth add up to whole ones.
  const std::int64_t ratio_;
  const std::int64_t reserve_;
  Mutex mutex_;
  std::int64_t saved_ KITH_GUARDED_BY(mutex_);
};

/// How often and when a failed request is made again. Thread-safety: plain value.
struct RetryOptions {
  std::uint32_t attempts = 3;  ///< the first one included
  Backoff backoff = {};        ///< between two attempts
  /// Which errors are worth another attempt. Absent: `timeout`, `no_connection`, `overloaded`,
  /// `unavailable`, `no_process`, `crashed`.
  std::function<bool(const Error&)> when = {};
  std::shared_ptr<RetryBudget> budget = {};  ///< absent: no bound but `attempts`
};

/// Makes a failed request again. A stage of a pipeline. What throws is not made again.
/// Thread-safety: plain value; inside processes only, since it waits.
class Retry {
 public:
  explicit Retry(RetryOptions options = {}) : options_(std::move(options)) {}

  /// Gives the first success, or the last error.
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
  /// Whether another attempt is made after so many; then it has waited.
  [[nodiscard]] bool goes_on(const Error& error, std::uint32_t made) const;

  RetryOptions options_;
};

}  // namespace kith
