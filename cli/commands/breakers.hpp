#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "cli/commands/context.hpp"
#include "resilience/breaker_options.hpp"

/// The commands about breakers that all nodes share. Each gives the exit code.
namespace kith::cli {

/// What `kith breaker` is asked. Thread-safety: plain value.
struct BreakerCommand {
  std::string name;
  std::string action = "state";
  CircuitBreakerOptions options;
  bool defines = false;                 ///< an option is given; without, the one in force counts
  std::optional<std::uint32_t> permit;  ///< that `acquire` gave, for success and failure
};

/// `kith breaker NAME [ACTION]`: 1 when `acquire`, or a request of which a result is told without a
/// permit, is refused; 4 when the permit of a result is not out.
int run_breaker(const Context& context, const BreakerCommand& command);
/// `kith breaker show NAME`: 4 when it is not defined.
int run_breaker_show(const Context& context, const BreakerCommand& command);
/// `kith breakers`: all of the cluster whose names begin with the prefix.
int run_breakers(const Context& context, const std::string& prefix);

}  // namespace kith::cli
