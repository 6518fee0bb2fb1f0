// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/node_tables.hpp"

#include <utility>

#include <fmt/format.h>

#include "cli/commands/node_table_client.hpp"
#include "cli/term_text.hpp"
#include "core/printable.hpp"

namespace kith::cli {
namespace {

/// Formats rows or results as JSON, one per line.
std::string lines_of(const ValueArray& terms) {
  std::string text;
  for (const Value& each : terms) text += term_to_text(each) + "\n";
  return text;
}

int show_terms(const Context& context, const Value& value, const std::string& text) {
  return show(context, term_for_json(value), text);
}

Error no_key(const NodeTableCommand& command, const Value& key) {
  return {ErrorCode::not_found, fmt::format("the table '{}' has no row with the key {}",
                                            command.table, term_to_text(key))};
}

/// Sends one action and handles its reply; returns the exit code, also of a failure.
template <typename Use>
int with_reply(const Context& context, const NodeTableCommand& command, const std::string& action,
               Result<ValueMap> arguments, Use use) {
  if (!arguments) return fail(context, arguments.error());
  auto client = NodeTableClient::connect(context, command.table);
  if (!client) return fail(context, client.error());
  const auto reply = client->ask(action, std::move(*arguments));
  if (!reply) return fail(context, reply.error());
  return use(*reply);
}

Result<ValueMap> with_key(const NodeTableCommand& command) {
  auto key = key_from_text(command.key);
  if (!key) return key.error();
  return ValueMap{{"key", std::move(*key)}};
}

std::vector<Cell> info_row(const Value& info, const std::string& node) {
  return {field_text(info, "name"),
          field_text(info, "type"),
          field_text(info, "rows"),
          field_text(info, "bytes"),
          field_text(info, "access"),
          field_text(info, "owner"),
          node};
}

std::vector<Cell> shared_row(const Value& table) {
  std::string nodes;
  for (const Value& each : field_list(table, "nodes")) {
    nodes += (nodes.empty() ? "" : ",") + field_text(each, "node");
  }
  return {field_text(table, "name"),
          "shared",
          field_text(table, "rows"),
          field_text(table, "bytes"),
          "public",
          "-",
          nodes};
}

Result<ValueMap> insert_arguments(const NodeTableCommand& command) {
  ValueArray rows;
  for (const std::string& text : command.rows) {
    auto row = row_from_text(text);
    if (!row)
      return Error(row.error().code(),
                   fmt::format("row {}: {}", rows.size() + 1, row.error().text()));
    rows.emplace_back(std::move(*row));
  }
  return ValueMap{{"rows", std::move(rows)}, {"new", command.only_new}};
}

Result<ValueMap> counter_arguments(const NodeTableCommand& command) {
  auto arguments = with_key(command);
  if (!arguments) return arguments;
  (*arguments)["updates"] = command.by;
  if (command.position) {
    (*arguments)["updates"] = Value::map({{"pos", *command.position}, {"incr", command.by}});
  }
  if (!command.initial) return arguments;
  auto row = row_from_text(*command.initial);
  if (!row) return row.error();
  (*arguments)["initial"] = std::move(*row);
  return arguments;
}

}  // namespace

int run_table_create(const Context& context, const NodeTableCommand& command) {
  return with_reply(context, command, "create",
                    ValueMap{{"type", command.type}, {"key_position", command.key_position}},
                    [&](const Value& reply) {
                      return show(context, reply,
                                  fmt::format("created {}, a table of type {} on this node",
                                              command.table, field_text(reply, "type")));
                    });
}

int run_table_insert(const Context& context, const NodeTableCommand& command) {
  return with_reply(context, command, "insert", insert_arguments(command), [&](const Value& reply) {
    const std::int64_t count = field_integer(reply, "inserted");
    if (command.only_new && count == 0) {
      return fail(context,
                  Error(ErrorCode::already_exists,
                        fmt::format("nothing was inserted: a key exists in the table '{}' already",
                                    command.table)));
    }
    return show(context, reply, fmt::format("inserted {}", count));
  });
}

int run_table_lookup(const Context& context, const NodeTableCommand& command) {
  auto arguments = with_key(command);
  const Value key = arguments ? arguments->at("key") : Value();
  return with_reply(context, command, "lookup", std::move(arguments), [&](const Value& reply) {
    const ValueArray& rows = field_list(reply, "rows");
    if (rows.empty()) return fail(context, no_key(command, key));
    return show_terms(context, reply, lines_of(rows));
  });
}

int run_table_incr(const Context& context, const NodeTableCommand& command) {
  return with_reply(context, command, "update_counter", counter_arguments(command),
                    [&](const Value& reply) {
                      return show(context, reply, lines_of(field_list(reply, "values")));
                    });
}

int run_table_delete(const Context& context, const NodeTableCommand& command) {
  auto arguments = with_key(command);
  const Value key = arguments ? arguments->at("key") : Value();
  return with_reply(context, command, "delete", std::move(arguments), [&](const Value& reply) {
    const std::int64_t count = field_integer(reply, "deleted");
    if (count == 0) return fail(context, no_key(command, key));
    return show(context, reply, fmt::format("deleted {}", count));
  });
}

int run_table_drop(const Context& context, const NodeTableCommand& command) {
  return with_reply(context, command, "drop", ValueMap{}, [&](const Value& reply) {
    return show(context, reply, "dropped " + command.table);
  });
}

int run_table_info(const Context& context, const NodeTableCommand& command) {
  return with_reply(context, command, "info", ValueMap{}, [&](const Value& reply) {
    Table table{{"FIELD", "VALUE"}, {}};
    for (const char* field :
         {"name", "type", "key_position", "access", "owner", "heir", "rows", "bytes", "fixed"}) {
      const std::string text = field_text(reply, field);
      table.rows.push_back({field, text.empty() ? "none" : text});
    }
    return show(context, reply, table);
  });
}

int run_table_rename(const Context& context, const NodeTableCommand& command) {
  return with_reply(
      context, command, "rename", ValueMap{{"to", command.to}}, [&](const Value& reply) {
        return show(context, reply, fmt::format("renamed {} to {}", command.table, command.to));
      });
}

int run_table_ls(const Context& context, const NodeTableCommand& /*command*/) {
  auto client = NodeTableClient::connect(context, "");
  if (!client) return fail(context, client.error());
  const auto local = client->list();
  if (!local) return fail(context, local.error());
  const auto shared = client->shared();
  if (!shared) return fail(context, shared.error());
  Table table{{"NAME", "TYPE", "ROWS", "BYTES", "ACCESS", "OWNER", "NODES"}, {}};
  for (const Value& each : local->tables) table.rows.push_back(info_row(each, local->node));
  for (const Value& each : shared->tables) table.rows.push_back(shared_row(each));
  if (!shared->unreachable.empty() && !context.json) {
    fmt::print(stderr, "kith: no answer in time from {}; rows stored there are not counted\n",
               printable(fmt::format("{}", fmt::join(shared->unreachable, ", "))));
  }
  ValueArray unreachable(shared->unreachable.begin(), shared->unreachable.end());
  return show(context,
              Value::map({{"node", local->node},
                          {"tables", local->tables},
                          {"shared", shared->tables},
                          {"unreachable", std::move(unreachable)}}),
              table);
}

}  // namespace kith::cli
