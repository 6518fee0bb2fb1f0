// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/value.hpp"
#include "resilience/breaker_options.hpp"

namespace kith::cli {

/// Returns a breaker's options as fields of a request (docs/protocol.md).
[[nodiscard]] ValueMap breaker_fields(const CircuitBreakerOptions& options);

}  // namespace kith::cli
