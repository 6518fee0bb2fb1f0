#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "cli/commands/context.hpp"
#include "resilience/limiter_options.hpp"

/// The commands about limits that all nodes share. Each gives the exit code.
namespace kith::cli {

/// What `kith limit` is asked. Thread-safety: plain value.
struct LimitCommand {
  std::string name;
  std::vector<std::string> keys;
  RateLimiterOptions options;
  bool defines = false;  ///< an option is given; without, the definition in force counts
  std::int64_t cost = 1;
  Duration hold_for = std::chrono::seconds(60);
  std::uint64_t ticket = 0;
  bool commit = false;
};

/// `kith limit NAME KEY...`: 1 when one of the requests is limited; several are one batch.
int run_limit(const Context& context, const LimitCommand& command);
/// `kith limit reserve NAME KEY`: 1 when the units do not fit.
int run_limit_reserve(const Context& context, const LimitCommand& command);
/// `kith limit end NAME KEY TICKET`: 1 when the ticket holds nothing.
int run_limit_end(const Context& context, const LimitCommand& command);
/// `kith limit show NAME [KEY]`: 4 when it is not defined.
int run_limit_show(const Context& context, const LimitCommand& command);
/// `kith limits`: all of the cluster whose names begin with the prefix.
int run_limits(const Context& context, const std::string& prefix);

}  // namespace kith::cli
