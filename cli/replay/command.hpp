// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cli/replay/access_log.hpp"
#include "cli/replay/replay_options.hpp"

namespace kith::cli {

/// The arguments of `kith replay`.
struct ReplayCommand {
  std::string log;                 ///< a file, or "-"
  std::vector<std::string> nodes;  ///< addresses of running nodes; empty: start nodes
  std::size_t own_nodes = 1;       ///< nodes to start if there are no addresses
  std::string nodes_found;         ///< how running nodes were found; empty: not printed
  std::optional<replay::AccessLogFormat> format;  ///< nullopt: detected
  std::optional<std::string> format_string;       ///< nginx's log_format, instead of a format
  replay::ReplayOptions options;
  /// If not empty: only compares these, without nodes and breakers.
  std::vector<LimiterAlgorithm> compare;
  bool json = false;
  bool quiet = false;  ///< do not print progress and nodes
  /// Called repeatedly with the processed fraction of the log, from 0 to 1.
  std::function<void(double)> on_progress;
};

/// Replays a log through the limits and breakers of a cluster and prints the report. Returns the
/// exit code: 0, 1 (not a log, or every node failed), 2 (options), 3 (no node), 4 (no such file).
int run_replay(const ReplayCommand& command);

}  // namespace kith::cli
