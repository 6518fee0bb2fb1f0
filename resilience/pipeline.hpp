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

/// A rate limit as a stage: requests beyond it are `rate_limited`, which is no failure of the
/// service. The limiter must outlive it. Thread-safety: plain value.
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

/// A circuit breaker as a stage. The breaker must outlive it. Thread-safety: plain value.
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

/// Does something else with an error; a stage. `f(error)` returns what the request does, as a value
/// or a `Result`. Thread-safety: as `f`.
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

/// Several stages around a request; see `pipeline`. A value: copies share the stages.
/// Thread-safety: as its stages.
template <typename... Stages>
class Pipeline {
 public:
  explicit Pipeline(Stages... stages)
      : stages_(std::make_shared<std::tuple<Stages...>>(std::move(stages)...)) {}

  /// Does a request, which returns a T, nothing or a `Result<T>`. `refused_by` says of an error
  /// which stage it comes from.
  template <std::invocable F>
  Attempt<F> operator()(F request) const {
    // Stages that run it in another process may be outlived by it.
    return from<0>(stages_, std::make_shared<F>(std::move(request)));
  }
  /// The same, so that a pipeline can be a stage.
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

/// Stages around a request, the first one outermost: with these, each attempt of a retry asks the
/// breaker and has its own time, and the limit counts the request once. `Limited`, `Guarded`,
/// `Bulkhead`, `Retry`, `TimeLimiter`, `Hedge`, `Fallback` and pipelines are stages, as is what has
/// such a `run`.
///
///     auto guard = kith::pipeline(Limited(limit, user), Retry(), Guarded(breaker),
///                                 TimeLimiter(200ms));
///     Result<Receipt> receipt = guard([&] { return charge(order); });
template <typename... Stages>
Pipeline<Stages...> pipeline(Stages... stages) {
  return Pipeline<Stages...>(std::move(stages)...);
}

}  // namespace kith
