// SPDX-License-Identifier: Apache-2.0
#include "node/shared_table_list.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "actor/server_ref.hpp"
#include "core/limits.hpp"
#include "node/cluster_view.hpp"
#include "node/node.hpp"
#include "node/table_stream.hpp"
#include "table/table_service.hpp"

namespace kith::node {
namespace {

using table::TableSummaries;
using table::TableSummary;

/// Holds the answer of one member; nullopt if it did not answer in time.
struct Part {
  std::string node;
  std::optional<TableSummaries> answer;
};

std::vector<Part> ask_all(Node& node, const table::TableList& request) {
  const Clock& clock = node.system().clock();
  const TimePoint deadline = clock.now() + limits::call_timeout_default;
  std::vector<Part> parts;
  std::vector<Result<PendingReply<TableSummaries>>> pending;
  for (const Pid service : node.view().everywhere(cluster::Service::tables)) {
    parts.push_back({node.view().name_of(service.node).value_or("unknown"), {}});
    pending.push_back(
        send_request(ServerRef<table::TableProtocol>(&node.system(), service), request));
  }
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (!pending[i]) continue;
    const Duration left = std::max<Duration>(deadline - clock.now(), Duration::zero());
    if (auto answer = receive_response(*pending[i], left)) parts[i].answer = std::move(*answer);
  }
  return parts;
}

/// Returns the name up to which all answers are complete; nullopt if they are complete to the end.
std::optional<std::string> last_known(const std::vector<Part>& parts) {
  std::optional<std::string> last;
  for (const Part& part : parts) {
    if (!part.answer || !part.answer->more || part.answer->tables.empty()) continue;
    const std::string& name = part.answer->tables.back().name;
    if (!last || name < *last) last = name;
  }
  return last;
}

/// The parts of one table with the names of their nodes.
using OnNodes = std::vector<std::pair<std::string, TableSummary>>;

Value table_value(const std::string& name, const OnNodes& parts) {
  std::uint64_t rows = 0;
  std::uint64_t bytes = 0;
  ValueArray nodes;
  for (const auto& [node, part] : parts) {
    rows += part.rows;
    bytes += part.bytes;
    nodes.push_back(Value::map({{"node", node}, {"rows", part.rows}}));
  }
  return Value::map(
      {{"name", name}, {"rows", rows}, {"bytes", bytes}, {"nodes", std::move(nodes)}});
}

/// Merges the answers into a page; `next` is its last name if more tables may follow. Names above
/// `last_known` wait for the next page, because a member may have tables between them.
Result<Value> page_of(const std::vector<Part>& parts, std::size_t limit) {
  std::map<std::string, OnNodes> tables;
  ValueArray unreachable;
  for (const Part& part : parts) {
    if (!part.answer) unreachable.emplace_back(part.node);
    if (!part.answer) continue;
    for (const TableSummary& each : part.answer->tables) {
      tables[each.name].emplace_back(part.node, each);
    }
  }
  const std::optional<std::string> last = last_known(parts);
  ValueArray list;
  Value next = last ? Value(*last) : Value();
  std::size_t size = 0;
  for (const auto& [name, on] : tables) {
    if (last && name > *last) break;
    Value table = table_value(name, on);
    const auto bytes = bytes_in_answer(table);
    if (!bytes) return bytes.error();
    size += *bytes;
    if (list.size() == limit || (!list.empty() && size > limits::table_page_bytes_max)) {
      next = *list.back().find("name");
      break;
    }
    list.push_back(std::move(table));
  }
  return Value::map({{"tables", std::move(list)},
                     {"next", std::move(next)},
                     {"unreachable", std::move(unreachable)}});
}

}  // namespace

Result<Value> shared_tables(Node& node, const Fields& fields) {
  const auto after = fields.text("after", "");
  if (!after) return after.error();
  const auto page = fields.natural("page", limits::table_list_items_max);
  if (!page) return page.error();
  if (*page == 0) return Error(ErrorCode::invalid_argument, "the field 'page' must be 1 or more");
  const std::uint32_t limit = std::min(*page, limits::table_list_items_max);
  return page_of(ask_all(node, {.after = *after, .limit = limit}), limit);
}

}  // namespace kith::node
