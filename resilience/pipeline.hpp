// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <tuple>
#include <utility>

#include "resilience/bulkhead.hpp"
#include "resilience/circuit_breaker.hpp"
#include "resilience/hedge.hpp"
#include "resilience/rate_limiter.hpp"
#include "resilience/retry.hpp"
#include "resilience/stage.hpp"
#include "resilience/time_limiter.hpp"

namespace kith {

/// Applies a rate limiter as a pipeline stage; limited requests end as `rate_limited`. The limiter
/// must outlive the stage. Thread-safety: plain value.
class Limited {
 public:
  Limited(RateLimiter& limiter, std::string key, std::uint32_t cost = 1)
      : limiter_(&limiter), key_(std::move(key)), cost_(cost) {}

  template <std::invocable F>
  Attempt<F> run(F request) const {
    if (const auto admitted = admit(); !admitted) return admitted.error();
    return attempt(request);
  }

 private:
  [[nodiscard]] Result<void> admit() const;

  RateLimiter* limiter_;
  std::string key_;
  std::uint32_t cost_;
};

/// Applies a circuit breaker as a pipeline stage. The breaker must outlive the stage.
/// Thread-safety: plain value.
class Guarded {
 public:
  explicit Guarded(CircuitBreaker& breaker) : breaker_(&breaker) {}

  template <std::invocable F>
  Attempt<F> run(F request) const {
    bool made = false;
    auto result = breaker_->run([&] {
      made = true;
      return attempt(request);
    });
    if (!result && !made) return detail::refused(result.error(), "circuit_breaker");
    return result;
  }

 private:
  CircuitBreaker* breaker_;
};

/// Replaces an error by the result of a function, as a pipeline stage.
///
///     auto cached = Fallback([](const Error&) { return std::string("cached"); });
///     Result<std::string> page = cached.run([] { return Result<std::string>("fresh"); });
///
/// The function takes the error and returns the type of the request, as a value or a `Result`.
/// Thread-safety: as the function.
template <typename Alternative>
class Fallback {
 public:
  explicit Fallback(Alternative f) : alternative_(std::move(f)) {}

  template <std::invocable F>
  Attempt<F> run(F request) {
    Attempt<F> result = attempt(request);
    if (result) return result;
    return alternative_(result.error());
  }

 private:
  Alternative alternative_;
};

/// Runs requests through N stages; see `pipeline`. Copies share the stages. Thread-safety: as its
/// stages.
template <typename... Stages>
class Pipeline {
 public:
  explicit Pipeline(Stages... stages)
      : stages_(std::make_shared<std::tuple<Stages...>>(std::move(stages)...)) {}

  /// Runs `request`, which returns a T, void or a `Result<T>`. `refused_by` tells which stage an
  /// error comes from.
  template <std::invocable F>
  Attempt<F> operator()(F request) const {
    // Shared, because a request that a stage runs in another process may outlive this call.
    return from<0>(stages_, std::make_shared<F>(std::move(request)));
  }
  /// Runs `request`; makes a pipeline usable as a stage.
  template <std::invocable F>
  Attempt<F> run(F request) const {
    return (*this)(std::move(request));
  }

 private:
  using Shared = std::shared_ptr<std::tuple<Stages...>>;

  template <std::size_t stage, typename F>
  static Attempt<F> from(const Shared& stages, const std::shared_ptr<F>& request) {
    if constexpr (stage == sizeof...(Stages)) {
      return attempt(*request);
    } else {
      return std::get<stage>(*stages).run(
          [stages, request] { return from<stage + 1>(stages, request); });
    }
  }

  Shared stages_;
};

/// Composes stages around requests, the first one outermost.
///
///     RateLimiter limit({.limit = 100}, system.clock());
///     CircuitBreaker breaker({}, system.clock(), "payments");
///     auto guard = pipeline(Limited(limit, "user-17"), Retry(), Guarded(breaker),
///                           TimeLimiter(200ms));
///     Result<std::string> receipt = guard([] { return std::string("receipt 17"); });
///
/// Here the limit counts the request once, and each attempt of the retry asks the breaker and has
/// its own timeout. `Limited`, `Guarded`, `Bulkhead`, `Retry`, `TimeLimiter`, `Hedge`, `Fallback`,
/// pipelines and any type with such a `run` are stages.
template <typename... Stages>
Pipeline<Stages...> pipeline(Stages... stages) {
  return Pipeline<Stages...>(std::move(stages)...);
}

}  // namespace kith
