// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/commands/context.hpp"

/// Commands for a node's own tables, such as `kith table create`. Each returns the exit code. Terms
/// are written as in cli/term_text.hpp.
namespace kith::cli {

/// The arguments of all these commands; each uses some of them. Thread-safety: plain value.
struct NodeTableCommand {
  std::string table;
  std::string type = "set";
  std::uint32_t key_position = 1;
  std::vector<std::string> rows;
  bool only_new = false;
  std::string key;
  std::string spec;
  std::uint64_t limit = 1000;
  bool reverse = false;
  bool count = false;
  std::int64_t by = 1;
  std::optional<std::uint32_t> position;
  std::optional<std::string> initial;
  std::string to;  ///< new name
  std::string file;
  std::optional<std::string> watched_key;
  std::optional<std::string> watched_prefix;
  std::optional<std::uint64_t> changes;  ///< number of changes after which a watch ends
};

int run_table_create(const Context& context, const NodeTableCommand& command);
/// 7 if `only_new` and one of the keys exists.
int run_table_insert(const Context& context, const NodeTableCommand& command);
/// 4 if there is no such key.
int run_table_lookup(const Context& context, const NodeTableCommand& command);
int run_table_select(const Context& context, const NodeTableCommand& command);
int run_table_incr(const Context& context, const NodeTableCommand& command);
/// 4 if there is no such key.
int run_table_delete(const Context& context, const NodeTableCommand& command);
int run_table_drop(const Context& context, const NodeTableCommand& command);
/// 7 if the new name is taken.
int run_table_rename(const Context& context, const NodeTableCommand& command);
int run_table_info(const Context& context, const NodeTableCommand& command);
/// Lists the tables of the node, then the shared tables.
int run_table_ls(const Context& context, const NodeTableCommand& command);
/// The file is on the machine of the command, never on the node's, so that no client can make a
/// node read or write files.
int run_table_save(const Context& context, const NodeTableCommand& command);
int run_table_load(const Context& context, const NodeTableCommand& command);
/// Prints a line per change until the table ends (0), `changes` were printed (0), or no change came
/// within --timeout (6).
int run_table_watch(const Context& context, const NodeTableCommand& command);

}  // namespace kith::cli
