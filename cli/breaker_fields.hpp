#pragma once

#include "core/value.hpp"
#include "resilience/breaker_options.hpp"

namespace kith::cli {

/// A breaker's options as fields of a request; see docs/protocol.md.
[[nodiscard]] ValueMap breaker_fields(const CircuitBreakerOptions& options);

}  // namespace kith::cli
