// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "core/limits.hpp"
#include "core/nearest_name.hpp"
#include "core/printable.hpp"
#include "node/agent_server.hpp"
#include "node/breaker_operations.hpp"
#include "node/cluster_view.hpp"
#include "node/gateway.hpp"
#include "node/limit_operations.hpp"
#include "node/list_page.hpp"
#include "node/node.hpp"
#include "node/operation_fields.hpp"
#include "node/replay_operations.hpp"
#include "node/request_fields.hpp"
#include "node/shared_looks.hpp"
#include "node/shared_table_list.hpp"
#include "node/table_operations.hpp"
#include "supervision/supervision_tree.hpp"
#include "transport/codec.hpp"

namespace kith::node {
namespace {

/// Bound of a single tree: a frame has 1 MiB, and the other fields of the answer need room too.
constexpr std::size_t tree_bytes_max = 768U << 10U;

std::string node_name(Node& node, BootId boot) {
  return node.view().name_of(boot).value_or("unknown");
}

Result<Value> ping(Node& node, const Fields&) {
  return Value::map({{"name", node.name()}});
}

Result<Value> info(Node& node, const Fields&) {
  return node.info();
}

/// Returns the seeds that could not be joined, with cause and waiting time.
Value join_troubles(Node& node) {
  ValueArray list;
  for (const JoinTrouble& trouble : node.view().join_troubles()) {
    const Duration waited = node.system().clock().now() - trouble.since;
    list.push_back(Value::map({{"seed", trouble.seed},
                               {"cause", std::string(to_string(trouble.obstacle.kind))},
                               {"text", trouble.obstacle.text},
                               {"waited_ns", waited.count()}}));
  }
  return list;
}

Result<Value> health(Node& node, const Fields&) {
  const auto members = node.members();
  const bool not_leaving = std::ranges::any_of(
      members, [&](const auto& m) { return m.id == node.id() && m.is_active(); });
  const bool joined = node.joined();
  return Value::map(
      {{"ready", joined && not_leaving},
       {"checks",
        Value::map({{"listening", true}, {"joined", joined}, {"not_leaving", not_leaving}})},
       {"join_troubles", join_troubles(node)}});
}

Value member_value(Node& node, const cluster::Member& member) {
  return Value::map({
      {"name", member.id.name},
      {"boot", fmt::format("{:x}", member.id.boot)},
      {"address", member.address},
      {"status", std::string(to_string(member.status))},
      {"incarnation", static_cast<std::int64_t>(member.incarnation)},
      {"self", member.id == node.id()},
  });
}

Value members_value(Node& node, const PageRequest& request) {
  ListPage page("members", request);
  for (const cluster::Member& member : node.members()) {
    if (request.after && member.id.name <= *request.after) continue;
    if (!page.add(member_value(node, member), member.id.name)) break;
  }
  ValueMap answer = *page.value().get_if<ValueMap>();
  answer["join_troubles"] = join_troubles(node);
  return answer;
}

Result<Value> members(Node& node, const Fields& fields) {
  const auto request = page_request(fields);
  if (!request) return request.error();
  return members_value(node, *request);
}

Result<Value> join(Node& node, const Fields& fields) {
  const auto address = fields.text("address");
  if (!address) return address.error();
  if (const auto joined = node.join(*address); !joined) return joined.error();
  return members_value(node, {.after = {}, .items_max = limits::list_page_items_max});
}

Result<Value> leave(Node& node, const Fields&) {
  if (const auto left = node.leave(); !left) return left.error();
  return Value(ValueMap{});
}

Value name_value(Node& node, const std::string& name, const registry::Candidate& holder) {
  return Value::map(
      {{"name", name}, {"pid", holder.pid}, {"node", node_name(node, holder.pid.node)}});
}

Result<Value> names(Node& node, const Fields& fields) {
  const auto request = page_request(fields);
  if (!request) return request.error();
  const auto prefix = fields.text("prefix", "");
  if (!prefix) return prefix.error();
  const auto found =
      node.names({.prefix = *prefix, .after = request->after, .names_max = request->items_max + 1});
  ListPage page("names", *request);
  for (const auto& [name, holder] : found) {
    if (!page.add(name_value(node, name, holder), name)) break;
  }
  return page.value();
}

Error unknown_name(Node& node, const std::string& name) {
  // Suggestions come from the first names only: a registry may hold millions.
  std::vector<std::string> known;
  std::string some;
  for (const auto& [other, holder] : node.names({.names_max = limits::list_page_items_max})) {
    known.push_back(other);
    if (some.size() < 100) some += (some.empty() ? "" : ", ") + in_quotes(other);
  }
  std::string hint = did_you_mean(name, known);
  if (hint.empty()) hint = known.empty() ? "; there are no names" : "; there are: " + some;
  return Error(ErrorCode::not_found,
               "no process in the cluster has the name " + in_quotes(name) + hint);
}

Result<Value> whereis(Node& node, const Fields& fields) {
  const auto name = fields.text("name");
  if (!name) return name.error();
  // Names are sorted, so the exact name is the first with itself as prefix.
  const auto found = node.names({.prefix = *name, .names_max = 1});
  if (found.empty() || found.front().first != *name) return unknown_name(node, *name);
  return name_value(node, *name, found.front().second);
}

/// Holds a message for a named process: address, wire name and encoded content.
struct Outgoing {
  ServerAddress to;
  std::string message;
  Bytes body;
};

Result<Outgoing> outgoing(Node& node, const Fields& fields) {
  const auto to = fields.text("to");
  if (!to) return to.error();
  const auto message = fields.text("message");
  if (!message) return message.error();
  const auto pid = node.whereis(*to);
  if (!pid) return unknown_name(node, *to);
  const Value* body = fields.find("body");
  return Outgoing{ServerAddress(&node.system(), *pid), *message,
                  transport::encode_value(body == nullptr ? Value(ValueMap{}) : *body)};
}

Result<Value> send_message(Node& node, const Fields& fields) {
  auto out = outgoing(node, fields);
  if (!out) return out.error();
  const auto sent = send_encoded(out->to, out->message, std::move(out->body));
  if (!sent) return sent.error();
  return Value(ValueMap{});
}

Result<Value> call_process(Node& node, const Fields& fields) {
  auto out = outgoing(node, fields);
  if (!out) return out.error();
  const auto timeout = fields.duration("timeout_ns", limits::call_timeout_default);
  if (!timeout) return timeout.error();
  const auto reply = call_encoded(out->to, out->message, std::move(out->body), *timeout);
  if (!reply) return reply.error();
  if (reply->size() > limits::frame_size_bytes_max) {
    return Error(ErrorCode::invalid_argument,
                 fmt::format("the reply has {} bytes, but a message has room for {}; ask the "
                             "process for less at once",
                             reply->size(), limits::frame_size_bytes_max));
  }
  const auto value = transport::decode_value(*reply);
  if (!value) return value.error();
  return Value::map({{"reply", *value}});
}

Result<Value> agent_start(Node& node, const Fields& fields) {
  const auto name = fields.text("name");
  if (!name) return name.error();
  StartOptions how;
  how.label = *name;
  how.register_as = node.registration(*name);
  const auto agent = AgentServer::start(node.system(), how);
  if (!agent) return agent.error();
  return Value::map({{"pid", agent->pid()}, {"node", node.name()}});
}

Result<Value> agent_stop(Node& node, const Fields& fields) {
  const auto name = fields.text("name");
  if (!name) return name.error();
  const auto pid = node.whereis(*name);
  if (!pid) return unknown_name(node, *name);
  const auto stopped =
      call_encoded(ServerAddress(&node.system(), *pid), std::string(AgentStop::kith_wire_name()),
                   transport::encode_value(ValueMap{}), limits::call_timeout_default);
  if (stopped) return Value::map({{"pid", *pid}});
  if (stopped.error().code() != ErrorCode::invalid_argument) return stopped.error();
  return Error(ErrorCode::invalid_argument, "the process " + in_quotes(*name) +
                                                " is not an agent; stop it where it was started");
}

Result<Value> table(Node& node, const Fields& fields) {
  const auto name = fields.text("table");
  if (!name) return name.error();
  const Value* key = fields.find("key");
  if (key == nullptr) return Error(ErrorCode::invalid_argument, "the field 'key' is missing");
  const auto asked = fields.text("action", "get");
  if (!asked) return asked.error();
  const std::string& action = *asked;
  const PartitionedTable shared = node.table(*name);
  const auto owner =
      node.view().primary(cluster::Service::tables, cluster::partition_key(*name, to_json(*key)));
  const auto result = [&](bool found, Value value) {
    return Value::map({{"found", found},
                       {"value", std::move(value)},
                       {"node", owner ? node_name(node, owner->node) : "unknown"}});
  };
  if (action == "put") {
    const Value* value = fields.find("value");
    const auto put = shared.put(*key, value == nullptr ? Value() : *value);
    if (!put) return put.error();
    return result(true, value == nullptr ? Value() : *value);
  }
  if (action == "update_counter") {
    const auto increment = fields.integer("increment", 1);
    if (!increment) return increment.error();
    const auto initial = fields.integer("initial", 0);
    if (!initial) return initial.error();
    const auto sum = shared.update_counter(*key, *increment, *initial);
    if (!sum) return sum.error();
    return result(true, *sum);
  }
  if (action != "get" && action != "erase") {
    return Error(
        ErrorCode::invalid_argument,
        "unknown action " + in_quotes(action) + "; choose one of get, put, erase, update_counter");
  }
  const auto found = action == "get" ? shared.get(*key) : shared.erase(*key);
  if (!found) return found.error();
  return result(found->has_value(), found->value_or(Value()));
}

Value tree_value(const TreeEntry& entry) {
  ValueArray children;
  for (const TreeEntry& child : entry.children) children.push_back(tree_value(child));
  return Value::map({
      {"id", entry.id},
      {"pid", entry.pid ? Value(entry.pid) : Value()},
      {"name", entry.name},
      {"label", entry.label},
      {"state", entry.state},
      {"supervisor", entry.is_supervisor},
      {"restarts", static_cast<std::int64_t>(entry.restarts)},
      {"next_attempt_ms", entry.next_attempt_ms},
      {"messages", static_cast<std::int64_t>(entry.message_queue_length)},
      {"omitted", static_cast<std::int64_t>(entry.omitted)},
      {"children", std::move(children)},
  });
}

/// Returns the position of the first tree of a page.
Result<std::uint64_t> place_after(const PageRequest& request) {
  if (!request.after) return std::uint64_t{0};
  std::uint64_t place = 0;
  const char* const end = request.after->data() + request.after->size();
  const auto [stop, problem] = std::from_chars(request.after->data(), end, place);
  if (problem == std::errc{} && stop == end) return place;
  return Error(
      ErrorCode::invalid_argument,
      "the field 'after' must be the 'next' of the page before, not " + in_quotes(*request.after));
}

Result<Value> tree(Node& node, const Fields& fields) {
  TreeOptions options;
  options.bytes_max = tree_bytes_max;
  const auto children = fields.natural("children", 1000);
  if (!children) return children.error();
  options.children_max = *children;
  const auto request = page_request(fields);
  if (!request) return request.error();
  const auto place = place_after(*request);
  if (!place) return place.error();
  const TreePage page = supervision_tree_page(node.system(), *place, request->items_max, options);
  ValueArray trees;
  for (const TreeEntry& each : page.trees) trees.push_back(tree_value(each));
  return Value::map({{"node", node.name()},
                     {"processes", static_cast<std::int64_t>(node.system().processes().size())},
                     {"trees", std::move(trees)},
                     {"next", page.next ? Value(std::to_string(*page.next)) : Value()}});
}

using Operation = Result<Value> (*)(Node&, const Fields&);

const std::map<std::string, Operation, std::less<>>& operations() {
  static const std::map<std::string, Operation, std::less<>> all = {
      {"ping", ping},
      {"info", info},
      {"health", health},
      {"members", members},
      {"join", join},
      {"leave", leave},
      {"names", names},
      {"whereis", whereis},
      {"tree", tree},
      {"send", send_message},
      {"call", call_process},
      {"agent_start", agent_start},
      {"agent_stop", agent_stop},
      {"limit", limit},
      {"limit_batch", limit_batch},
      {"limit_reserve", limit_reserve},
      {"limit_end", limit_end},
      {"limit_show", limit_show},
      {"limits", limit_list},
      {"breaker", breaker},
      {"breaker_show", breaker_show},
      {"breakers", breaker_list},
      {"table", table},
      {"tables", shared_tables},
      {"node_table", node_table},
      {"replay_limits", replay_limits},
      {"replay_breakers", replay_breakers},
      {"replay_end", replay_end},
  };
  return all;
}

}  // namespace

std::vector<std::string> operation_names() {
  std::vector<std::string> names;
  for (const auto& [name, run] : operations()) names.push_back(name);
  return names;
}

Result<Value> answer_request(Node& node, const Value& request) {
  if (request.kind() != Value::Kind::map) {
    return Error(ErrorCode::invalid_argument, "a request is a map with the field 'op'");
  }
  const Fields fields(request);
  const auto operation = fields.text("op");
  if (!operation) return operation.error();
  const auto it = operations().find(*operation);
  if (it == operations().end()) {
    return Error(ErrorCode::invalid_argument, "unknown operation " + in_quotes(*operation) +
                                                  did_you_mean(*operation, operation_names()));
  }
  if (const auto known = check_fields(*operation, request); !known) return known.error();
  return it->second(node, fields);
}

}  // namespace kith::node
