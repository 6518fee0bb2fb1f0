// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

#include "resilience/request_tasks.hpp"

namespace kith {

/// Ends a request that exceeds a timeout; a stage of a pipeline.
///
///     TimeLimiter within(200ms);
///     Result<int> rows = within.run([] { return 42; });
///
/// The request runs in its own process, which has ended when `run` returns. If the calling process
/// is killed, the request may still run for a moment, so it should own what it uses.
/// Thread-safety: plain value; inside processes only.
class TimeLimiter {
 public:
  /// `timeout` is zero or more, or `infinite`.
  explicit TimeLimiter(Duration timeout) : timeout_(timeout) {}

  /// Runs `request`. Errors: `invalid_argument` (a timeout below zero; nothing is run), `timeout`,
  /// `crashed` (the request threw), and those of `request`.
  template <std::invocable F>
  Attempt<F> run(F request) const {
    if (auto good = detail::not_negative("timeout", timeout_); !good) return good.error();
    detail::RequestTasks<Attempt<F>> tasks;
    tasks.start(std::move(request));
    if (auto result = tasks.first(timeout_)) return std::move(*result);
    tasks.end();
    return late();
  }

 private:
  [[nodiscard]] Error late() const;

  Duration timeout_;
};

}  // namespace kith
