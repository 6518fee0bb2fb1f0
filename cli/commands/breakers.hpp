// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "cli/commands/context.hpp"
#include "resilience/breaker_options.hpp"

/// Commands for shared breakers. Each returns the exit code.
namespace kith::cli {

/// The arguments of `kith breaker`. Thread-safety: plain value.
struct BreakerCommand {
  std::string name;
  std::string action = "state";
  CircuitBreakerOptions options;
  bool defines = false;                 ///< an option is given; else that in force is used
  std::optional<std::uint32_t> permit;  ///< from `acquire`, for success and failure
};

/// Runs `kith breaker NAME [ACTION]`. 1 if `acquire`, or a result without a permit, is refused; 4
/// if the permit of a result is not outstanding.
int run_breaker(const Context& context, const BreakerCommand& command);
/// Runs `kith breaker show NAME`. 4 if the breaker is not defined.
int run_breaker_show(const Context& context, const BreakerCommand& command);
/// Runs `kith breakers`: lists the breakers whose names start with the prefix.
int run_breakers(const Context& context, const std::string& prefix);

}  // namespace kith::cli
