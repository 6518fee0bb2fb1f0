// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace kith::cli {

/// Parses the command line, runs the command and returns the exit code.
int run_command_line(int argc, const char* const* argv);

}  // namespace kith::cli
