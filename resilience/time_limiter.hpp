#pragma once

#include <chrono>

#include "resilience/request_tasks.hpp"

namespace kith {

/// Gives a request so much time; then it is ended and the error is `timeout`. The request runs in a
/// process of its own, which has ended when `run` returns. When the calling process is killed, the
/// request runs for another instant: one that must survive that owns what it uses. A stage of a
/// pipeline. Thread-safety: plain value; inside processes only.
class TimeLimiter {
 public:
  /// `timeout`: zero or more, or `infinite`.
  explicit TimeLimiter(Duration timeout) : timeout_(timeout) {}

  /// Errors: `invalid_argument` (a timeout below zero; nothing is run), `timeout`, `crashed` (the
  /// request threw), and the request's own.
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
