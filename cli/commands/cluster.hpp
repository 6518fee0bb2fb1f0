#pragma once

#include <string>

#include "cli/commands/context.hpp"
#include "cli/start_options.hpp"

/// The commands about a node and its cluster. Each gives the exit code.
namespace kith::cli {

/// `kith start`: runs a node with these flags until it is told to stop.
int run_start(const Context& context, const Settings& flags);
/// `kith join ADDRESS`.
int run_join(const Context& context, const std::string& address);
/// `kith leave`.
int run_leave(const Context& context);
/// `kith members`.
int run_members(const Context& context);
/// `kith ping`.
int run_ping(const Context& context);
/// `kith health`: 1 when the node is not ready.
int run_health(const Context& context);
/// `kith health --wait`: waits for a node that is not ready or not there yet; 6 when it is neither
/// before the time is up.
int run_health_wait(const Context& context);
/// `kith info`.
int run_info(const Context& context);
/// `kith version`: of this command.
int run_version(const Context& context);

}  // namespace kith::cli
