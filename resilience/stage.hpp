// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <functional>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "core/clock.hpp"
#include "core/result.hpp"

/// Common parts of the stages of a pipeline.
namespace kith {

namespace detail {

/// Maps T and `Result<T>` to `Result<T>`.
template <typename T>
struct AsResult {
  using type = Result<T>;
};
template <typename T>
struct AsResult<Result<T>> {
  using type = Result<T>;
};

/// Returns the error with the name of the stage that refused.
Error refused(const Error& error, const char* stage);
/// Returns success, or `invalid_argument` naming the option that is below zero.
Result<void> not_negative(const char* option, Duration value);

}  // namespace detail

/// The return type of a stage: that of the request, as a `Result`.
template <typename F>
using Attempt = typename detail::AsResult<std::invoke_result_t<F&>>::type;

/// Runs a request, which returns a value, void, or a `Result`.
template <std::invocable F>
Attempt<F> attempt(F& request) {
  if constexpr (std::is_void_v<std::invoke_result_t<F&>>) {
    request();
    return {};
  } else {
    return request();
  }
}

/// Returns the stage that refused or aborted a request: "rate_limiter", "circuit_breaker",
/// "bulkhead" or "time_limiter"; nullopt if the error is the request's own.
[[nodiscard]] std::optional<std::string> refused_by(const Error& error);

}  // namespace kith
