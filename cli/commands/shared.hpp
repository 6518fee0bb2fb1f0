#pragma once

#include <optional>
#include <string>

#include "cli/commands/context.hpp"

/// The command about the table that all nodes share. It gives the exit code.
namespace kith::cli {

/// What `kith table` is asked. Thread-safety: plain value.
struct TableCommand {
  std::string table;
  std::string action;
  std::string key;
  std::optional<std::string> value;  ///< JSON, or a text when it is not JSON
};

/// `kith table TABLE ACTION KEY [VALUE]`: 4 when `get` or `erase` finds nothing.
int run_table(const Context& context, const TableCommand& command);

}  // namespace kith::cli
