#pragma once

namespace kith::cli {

/// Reads the command line, runs the command and gives the exit code.
int run_command_line(int argc, const char* const* argv);

}  // namespace kith::cli
