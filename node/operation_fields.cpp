// SPDX-License-Identifier: Apache-2.0
#include "node/operation_fields.hpp"

#include <algorithm>
#include <initializer_list>
#include <map>
#include <string>
#include <vector>

#include "core/nearest_name.hpp"
#include "core/printable.hpp"

namespace kith::node {
namespace {

using Names = std::vector<std::string>;

Names operator+(Names names, const Names& more) {
  names.insert(names.end(), more.begin(), more.end());
  return names;
}

using Table = std::map<std::string, Names, std::less<>>;

/// Lists the fields of each operation besides `op`. Actions of `node_table` follow a dot.
Table make_table() {
  const Names page = {"after", "page"};
  const Names limiter = {"limit", "window_ns", "algorithm", "burst", "calendar", "shadow"};
  const Names counted = Names{"name", "key", "cost"} + limiter;
  const Names check = Names{"drain_over_limit", "reset_first", "at_ns"} + counted;
  const Names breaker_options = {"policy",         "failure_threshold", "open_for_ns",
                                 "open_backoff",   "half_open_probes",  "window_calls",
                                 "window_time_ns", "minimum_calls",     "failure_rate"};
  const Names replay = {"run", "numbers", "times"};
  const Names stream = {"limit", "timeout_ns"};
  return {
      {"ping", {}},
      {"info", {}},
      {"health", {}},
      {"members", page},
      {"join", {"address"}},
      {"leave", {}},
      {"names", Names{"prefix"} + page},
      {"whereis", {"name"}},
      {"tree", Names{"children"} + page},
      {"send", {"to", "message", "body"}},
      {"call", {"to", "message", "body", "timeout_ns"}},
      {"agent_start", {"name"}},
      {"agent_stop", {"name"}},
      {"limit", check},
      {"limit_show", {"name", "key"}},
      {"limits", Names{"prefix"} + page},
      {"limit_batch", {"items"}},
      {"limit_reserve", Names{"hold_for_ns"} + counted},
      {"limit_end", {"name", "key", "ticket", "commit"}},
      {"breaker", Names{"name", "action", "permit"} + breaker_options},
      {"breaker_show", {"name"}},
      {"breakers", Names{"prefix"} + page},
      {"tables", page},
      {"table", {"table", "action", "key", "value", "increment", "initial"}},
      {"replay_limits", Names{"keys"} + replay + limiter},
      {"replay_breakers", Names{"names", "failed"} + replay + breaker_options},
      {"replay_end", {"run"}},
      {"node_table.create", {"table", "type", "key_position"}},
      {"node_table.info", {"table"}},
      {"node_table.list", page},
      {"node_table.rename", {"table", "to"}},
      {"node_table.drop", {"table"}},
      {"node_table.insert", {"table", "rows", "new"}},
      {"node_table.lookup", {"table", "key"}},
      {"node_table.update_counter", {"table", "key", "updates", "initial"}},
      {"node_table.delete", {"table", "key"}},
      {"node_table.count", {"table", "spec"}},
      {"node_table.select", Names{"table", "spec", "reverse"} + stream},
      {"node_table.snapshot", Names{"table"} + stream},
      {"node_table.watch", Names{"table", "key", "prefix"} + stream},
      {"node_table.next", Names{"continuation", "table"} + stream},
      {"node_table.end", {"continuation", "table"}},
  };
}

const Table& known_fields() {
  static const Table table = make_table();
  return table;
}

/// Returns the key of the table for a request.
std::string entry_of(std::string_view operation, const Value& request) {
  std::string entry(operation);
  const Value* const action = request.find("action");
  if (entry == "node_table" && action != nullptr) entry += "." + action->text_or("");
  return entry;
}

}  // namespace

Result<void> check_fields(std::string_view operation, const Value& request) {
  const auto* const fields = request.get_if<ValueMap>();
  const auto known = known_fields().find(entry_of(operation, request));
  if (fields == nullptr || known == known_fields().end()) return {};
  for (const auto& [name, value] : *fields) {
    const bool always = name == "op" || (name == "action" && operation == "node_table");
    if (always || std::ranges::find(known->second, name) != known->second.end()) continue;
    return Error(ErrorCode::invalid_argument,
                 "unknown field " + in_quotes(name) + did_you_mean(name, known->second));
  }
  return {};
}

bool has_known_fields(std::string_view operation) {
  return known_fields().contains(operation) || operation == "node_table";
}

}  // namespace kith::node
