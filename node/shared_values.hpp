#pragma once

#include <string>

#include "core/pid.hpp"
#include "core/value.hpp"
#include "resilience/breaker_service.hpp"
#include "resilience/limiter_options.hpp"

namespace kith {
class Node;
}

/// Shared limits and breakers as answers tell them (docs/protocol.md).
namespace kith::node {

/// The name of a member, or "unknown".
[[nodiscard]] std::string member_name(Node& node, BootId boot);
/// All options of a limit, in the fields of a request. Pure.
[[nodiscard]] Value definition_value(const RateLimiterOptions& options);
/// All options of a breaker. Pure.
[[nodiscard]] Value definition_value(const CircuitBreakerOptions& options);
/// A breaker with its definition, and where it lives now.
[[nodiscard]] Value breaker_value(Node& node, const resilience::BreakerEntry& entry);

}  // namespace kith::node
