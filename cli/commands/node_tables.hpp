#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/commands/context.hpp"

/// The commands about the tables of one node: `kith table create` and its kin. Each gives the exit
/// code. Terms are written as cli/term_text.hpp says.
namespace kith::cli {

/// What the commands are asked, each some of it. Thread-safety: plain value.
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
  std::string to;  ///< the new name
  std::string file;
  std::optional<std::string> watched_key;
  std::optional<std::string> watched_prefix;
  std::optional<std::uint64_t> changes;  ///< a watch ends after so many
};

int run_table_create(const Context& context, const NodeTableCommand& command);
/// 7 when `only_new` and a key is there already.
int run_table_insert(const Context& context, const NodeTableCommand& command);
/// 4 when there is no such key.
int run_table_lookup(const Context& context, const NodeTableCommand& command);
int run_table_select(const Context& context, const NodeTableCommand& command);
int run_table_incr(const Context& context, const NodeTableCommand& command);
/// 4 when there is no such key.
int run_table_delete(const Context& context, const NodeTableCommand& command);
int run_table_drop(const Context& context, const NodeTableCommand& command);
/// 7 when another table has the new name.
int run_table_rename(const Context& context, const NodeTableCommand& command);
int run_table_info(const Context& context, const NodeTableCommand& command);
/// The tables of the node, then those that all nodes share.
int run_table_ls(const Context& context, const NodeTableCommand& command);
/// The file lies beside the command, never beside the node.
int run_table_save(const Context& context, const NodeTableCommand& command);
int run_table_load(const Context& context, const NodeTableCommand& command);
/// A line for each change, until the table ends (0), enough were seen (0), none has come for
/// --timeout (6), or the command is ended.
int run_table_watch(const Context& context, const NodeTableCommand& command);

}  // namespace kith::cli
