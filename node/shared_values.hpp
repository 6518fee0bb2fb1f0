// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "core/pid.hpp"
#include "core/value.hpp"
#include "resilience/breaker_service.hpp"
#include "resilience/limiter_options.hpp"

namespace kith {
class Node;
}

/// Shared limits and breakers in the form of answers (docs/protocol.md).
namespace kith::node {

/// Returns the name of a member, or "unknown".
[[nodiscard]] std::string member_name(Node& node, BootId boot);
/// Returns all options of a limit, named like the fields of a request. Pure.
[[nodiscard]] Value definition_value(const RateLimiterOptions& options);
/// Returns all options of a breaker. Pure.
[[nodiscard]] Value definition_value(const CircuitBreakerOptions& options);
/// Returns a breaker with its definition, partition and primary.
[[nodiscard]] Value breaker_value(Node& node, const resilience::BreakerEntry& entry);

}  // namespace kith::node
