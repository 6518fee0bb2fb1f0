#pragma once

#include <concepts>
#include <functional>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "core/clock.hpp"
#include "core/result.hpp"

/// What the stages of a pipeline have in common.
namespace kith {

namespace detail {

/// `Result<T>`, also of a `Result<T>`.
template <typename T>
struct AsResult {
  using type = Result<T>;
};
template <typename T>
struct AsResult<Result<T>> {
  using type = Result<T>;
};

/// The error with the name of the stage that refused.
Error refused(const Error& error, const char* stage);
/// Success, or `invalid_argument` with the option that is below zero.
Result<void> not_negative(const char* option, Duration value);

}  // namespace detail

/// What a stage returns for a request: what the request returns, as a `Result`.
template <typename F>
using Attempt = typename detail::AsResult<std::invoke_result_t<F&>>::type;

/// Does a request, which may return a value, nothing, or a `Result`.
template <std::invocable F>
Attempt<F> attempt(F& request) {
  if constexpr (std::is_void_v<std::invoke_result_t<F&>>) {
    request();
    return {};
  } else {
    return request();
  }
}

/// The stage that refused a request or gave it up: "rate_limiter", "circuit_breaker", "bulkhead" or
/// "time_limiter"; nothing when the error is the request's own.
[[nodiscard]] std::optional<std::string> refused_by(const Error& error);

}  // namespace kith
