// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "cli/commands/context.hpp"
#include "resilience/limiter_options.hpp"

/// Commands for shared limits. Each returns the exit code.
namespace kith::cli {

/// The arguments of `kith limit`. Thread-safety: plain value.
struct LimitCommand {
  std::string name;
  std::vector<std::string> keys;
  RateLimiterOptions options;
  bool defines = false;  ///< an option is given; else the definition in force is used
  std::int64_t cost = 1;
  Duration hold_for = std::chrono::seconds(60);
  std::uint64_t ticket = 0;
  bool commit = false;
};

/// Runs `kith limit NAME KEY...`; several keys are one batch. 1 if a request is limited.
int run_limit(const Context& context, const LimitCommand& command);
/// Runs `kith limit reserve NAME KEY`. 1 if the units do not fit.
int run_limit_reserve(const Context& context, const LimitCommand& command);
/// Runs `kith limit end NAME KEY TICKET`. 1 if the ticket has no units.
int run_limit_end(const Context& context, const LimitCommand& command);
/// Runs `kith limit show NAME [KEY]`. 4 if the limit is not defined.
int run_limit_show(const Context& context, const LimitCommand& command);
/// Runs `kith limits`: lists the limits whose names start with the prefix.
int run_limits(const Context& context, const std::string& prefix);

}  // namespace kith::cli
