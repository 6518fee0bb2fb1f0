#pragma once

#include <string_view>

#include "core/error.hpp"
#include "resilience/breaker_options.hpp"
#include "resilience/limiter_options.hpp"

/// What callers are told who are refused: which limit or breaker, how it stands, and when to try
/// again, in one form for those of one program and those of all nodes.
namespace kith {

/// Returns `circuit_open`: "the breaker 'payments' is open; try again in 40.0 s". Of a state that
/// ends by hand only, the text says so.
[[nodiscard]] Error breaker_refusal(std::string_view name, BreakerState state,
                                    Duration retry_after);

/// Returns `rate_limited`: "the limit 'logins' has 0 of 10 left for 'ann'; try again in 1.2 s".
/// `name` may be empty.
[[nodiscard]] Error limit_refusal(std::string_view name, std::string_view key,
                                  const RateDecision& decision);

}  // namespace kith
