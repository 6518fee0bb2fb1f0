// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace kith::cli {

/// The arguments of `kith demo`.
struct DemoCommand {
  std::string log;         ///< empty: a generated one
  bool print_log = false;  ///< prints the generated log and does nothing else
};

/// Starts three nodes, uses them, replays a log while one of them is killed, and ends all of them.
/// Returns the exit code.
int run_demo(const DemoCommand& command);

}  // namespace kith::cli
