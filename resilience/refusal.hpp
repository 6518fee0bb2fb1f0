// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "core/error.hpp"
#include "resilience/breaker_options.hpp"
#include "resilience/limiter_options.hpp"

/// Errors of refused requests: name and state of the limit or breaker, and when to try again. Local
/// and shared ones use the same form.
namespace kith {

/// Returns `circuit_open`: "the breaker 'payments' is open; try again in 40.0 s". The text of
/// forced_open says that it must be reset.
[[nodiscard]] Error breaker_refusal(std::string_view name, BreakerState state,
                                    Duration retry_after);

/// Returns `rate_limited`: "the limit 'logins' has 0 of 10 left for 'ann'; try again in 1.2 s".
/// `name` may be empty.
[[nodiscard]] Error limit_refusal(std::string_view name, std::string_view key,
                                  const RateDecision& decision);

}  // namespace kith
