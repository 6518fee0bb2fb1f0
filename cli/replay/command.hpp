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

/// What `kith replay` is asked to do.
struct ReplayCommand {
  std::string log;                 ///< a file, or "-"
  std::vector<std::string> nodes;  ///< addresses of running nodes; empty: own ones
  std::size_t own_nodes = 1;       ///< how many nodes to start when there are no addresses
  std::string nodes_found;         ///< how running nodes were found; empty: not told
  std::optional<replay::AccessLogFormat> format;  ///< nothing: found out
  std::optional<std::string> format_string;       ///< as nginx's log_format, instead of a format
  replay::ReplayOptions options;
  /// Not empty: only tells how these differ, without nodes and breakers.
  std::vector<LimiterAlgorithm> compare;
  bool json = false;
  bool quiet = false;  ///< no progress, and no line that names the nodes
  /// Called now and then with the part of the log that is done, from 0 to 1.
  std::function<void(double)> on_progress;
};

/// Plays a log through the limits and breakers of a cluster and prints the report. Gives the exit
/// code: 0, 1 (not a log, or every node failed), 2 (options), 3 (no node), 4 (no such file).
int run_replay(const ReplayCommand& command);

}  // namespace kith::cli
