#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/commands/context.hpp"
#include "resilience/breaker_machine.hpp"
#include "resilience/limiter_machine.hpp"

/// The commands about limits, breakers and tables that all nodes share. Each gives the exit code.
namespace kith::cli {

/// What `kith limit` is asked. Thread-safety: plain value.
struct LimitCommand {
  std::string name;
  std::vector<std::string> keys;
  RateLimiterOptions options;
  std::uint32_t cost = 1;
};

/// What `kith breaker` is asked. Thread-safety: plain value.
struct BreakerCommand {
  std::string name;
  std::string action = "state";
  CircuitBreakerOptions options;
  std::optional<std::uint32_t> permit;  ///< that `acquire` gave, for success and failure
};

/// What `kith table` is asked. Thread-safety: plain value.
struct TableCommand {
  std::string table;
  std::string action;
  std::string key;
  std::optional<std::string> value;  ///< JSON, or a text when it is not JSON
};

/// `kith limit NAME KEY...`: 1 when one of the requests is limited; several are one batch.
int run_limit(const Context& context, const LimitCommand& command);
/// `kith breaker NAME [ACTION]`: 1 when `acquire` is refused.
int run_breaker(const Context& context, const BreakerCommand& command);
/// `kith table TABLE ACTION KEY [VALUE]`: 4 when `get` or `erase` finds nothing.
int run_table(const Context& context, const TableCommand& command);

}  // namespace kith::cli
