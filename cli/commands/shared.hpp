// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "cli/commands/context.hpp"

/// The command for shared tables; returns the exit code.
namespace kith::cli {

/// The arguments of `kith table shared`. Thread-safety: plain value.
struct TableCommand {
  std::string table;
  std::string action;
  std::string key;
  std::optional<std::string> value;  ///< JSON, else a plain string
};

/// Runs `kith table TABLE ACTION KEY [VALUE]`. 4 if `get` or `erase` does not find the key.
int run_table(const Context& context, const TableCommand& command);

}  // namespace kith::cli
