// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "cli/commands/context.hpp"
#include "cli/start_options.hpp"

/// Commands for a node and its cluster. Each returns the exit code.
namespace kith::cli {

/// Runs `kith start`: a node with these flags until it is stopped.
int run_start(const Context& context, const Settings& flags);
/// `kith join ADDRESS`.
int run_join(const Context& context, const std::string& address);
/// `kith leave`.
int run_leave(const Context& context);
/// `kith members`.
int run_members(const Context& context);
/// `kith ping`.
int run_ping(const Context& context);
/// Runs `kith health`. 1 if the node is not ready.
int run_health(const Context& context);
/// Runs `kith health --wait`: waits until the node is up and ready. 6 if the timeout expires.
int run_health_wait(const Context& context);
/// `kith info`.
int run_info(const Context& context);
/// `kith version`: prints the version of this command.
int run_version(const Context& context);

}  // namespace kith::cli
