#pragma once

#include <string>

#include "core/log.hpp"
#include "node/node_options.hpp"

namespace kith {

/// What `kith start` runs.
struct DaemonOptions {
  NodeOptions node{};
  LogLevel log_level = LogLevel::info;
  LogFormat log_format = LogFormat::text;
  /// The port was asked for: when it is taken, say so instead of taking a free one.
  bool port_was_chosen = false;
  /// Where the node's address is recorded for other commands. Empty: nowhere.
  std::string runtime_directory{};
};

/// Runs a node until SIGTERM or SIGINT (leaves the cluster first; a second signal ends it at once)
/// or until an app asks it to leave. SIGHUP is logged and does nothing else. Gives the exit code of
/// the process: 0, 1 (could not start), 2 (wrong options), 5 (not without `insecure`), 7 (the
/// cluster has refused it). Must be called before the program starts threads, because it blocks
/// the signals for all of them.
int run_daemon(const DaemonOptions& options);

}  // namespace kith
