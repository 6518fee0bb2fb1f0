// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "core/log.hpp"
#include "node/node_options.hpp"

namespace kith {

/// Configures `kith start`. Thread-safety: plain value.
struct DaemonOptions {
  NodeOptions node{};
  LogLevel log_level = LogLevel::info;
  LogFormat log_format = LogFormat::text;
  /// The user chose the port: fail if it is taken instead of binding a free one.
  bool port_was_chosen = false;
  /// Directory that records the node's address for other commands. Empty: not recorded.
  std::string runtime_directory{};
};

/// Runs a node until SIGTERM, SIGINT or an app's request to leave; a second signal ends it at once.
/// It leaves the cluster first. SIGHUP is only logged. Returns the exit code of the process: 0, 1
/// (could not start), 2 (wrong options), 5 (needs `insecure`), 7 (the cluster rejected it). Call it
/// before the program starts threads, because it blocks the signals for all of them.
int run_daemon(const DaemonOptions& options);

}  // namespace kith
