// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/node_table_client.hpp"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "cli/node_address.hpp"
#include "core/nearest_name.hpp"

namespace kith::cli {

Result<NodeTableClient> NodeTableClient::connect(const Context& context, std::string table) {
  auto client = cli::connect(context);
  if (!client) return client.error();
  return NodeTableClient(std::move(*client), std::move(table), context);
}

Result<Value> NodeTableClient::ask(const std::string& action, ValueMap arguments,
                                   Duration page_timeout) {
  arguments["action"] = action;
  if (!table_.empty()) arguments["table"] = table_;
  auto reply = client_.ask("node_table", std::move(arguments), time_left() + page_timeout);
  if (!reply) return explained(reply.error(), action);
  return reply;
}

Result<bool> NodeTableClient::for_each_page(
    const std::string& action, ValueMap arguments, Duration page_timeout,
    const std::function<bool(const ValueArray& items)>& take) {
  auto page = ask(action, std::move(arguments));
  for (;;) {
    if (!page) return page.error();
    const bool wants_more = take(field_list(*page, "items"));
    const std::string continuation = field_text(*page, "continuation");
    if (continuation.empty()) return true;
    const ValueMap rest{{"continuation", continuation}};
    if (!wants_more) {
      static_cast<void>(ask("end", rest));
      return false;
    }
    ValueMap next = rest;
    next["timeout_ns"] = page_timeout.count();
    page = ask("next", std::move(next), page_timeout);
  }
}

Result<LocalTables> NodeTableClient::list() {
  LocalTables all;
  for (std::string after;;) {
    const auto reply =
        client_.ask("node_table", {{"action", "list"}, {"after", after}}, time_left());
    if (!reply) return reply.error();
    all.node = field_text(*reply, "node");
    const ValueArray& tables = field_list(*reply, "tables");
    all.tables.insert(all.tables.end(), tables.begin(), tables.end());
    after = field_text(*reply, "next");
    if (after.empty()) return all;
  }
}

Result<SharedTables> NodeTableClient::shared() {
  SharedTables all;
  std::set<std::string> unreachable;
  for (std::string after;;) {
    const auto reply = client_.ask("tables", {{"after", after}}, time_left());
    if (!reply) return reply.error();
    const ValueArray& tables = field_list(*reply, "tables");
    all.tables.insert(all.tables.end(), tables.begin(), tables.end());
    for (const Value& node : field_list(*reply, "unreachable")) unreachable.insert(to_plain(node));
    after = field_text(*reply, "next");
    if (after.empty()) break;
  }
  all.unreachable.assign(unreachable.begin(), unreachable.end());
  return all;
}

Result<std::vector<std::string>> NodeTableClient::names() {
  const auto known = list();
  if (!known) return known.error();
  std::vector<std::string> names;
  for (const Value& table : known->tables) names.push_back(field_text(table, "name"));
  return names;
}

Error NodeTableClient::explained(const Error& error, const std::string& action) {
  if (error.code() == ErrorCode::already_exists) {
    return {error.code(), fmt::format("{}; see `kith table info {}`", error.text(), table_)};
  }
  const bool names_table = action != "next" && action != "end";
  if (error.code() != ErrorCode::not_found || !names_table) return error;
  const auto known = names();
  if (!known || std::ranges::find(*known, table_) != known->end()) return error;
  const std::string nearest = did_you_mean(table_, *known);
  return {error.code(), error.text() + " on this node" +
                            (nearest.empty() ? "; `kith table ls` lists all" : nearest)};
}

}  // namespace kith::cli
