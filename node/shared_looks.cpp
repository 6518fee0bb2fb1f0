// SPDX-License-Identifier: Apache-2.0
#include "node/shared_looks.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

#include "core/limits.hpp"
#include "core/printable.hpp"
#include "node/cluster_view.hpp"
#include "node/node.hpp"
#include "node/shared_values.hpp"
#include "resilience/everywhere.hpp"
#include "resilience/listing.hpp"

namespace kith::node {
namespace {

using namespace resilience;
using LimitsOnNodes = std::vector<std::pair<BootId, LimitEntry>>;

Result<ListRequest> list_request(const Fields& fields) {
  const auto prefix = fields.text("prefix", "");
  if (!prefix) return prefix.error();
  const auto after = fields.text("after", "");
  if (!after) return after.error();
  ListRequest request{.prefix = *prefix, .after = *after};
  const auto items = fields.natural("page", limits::shared_page_items_default);
  if (!items) return items.error();
  if (*items == 0) return Error(ErrorCode::invalid_argument, "the field 'page' must be 1 or more");
  request.items_max = std::min(*items, limits::shared_page_items_max);
  return request;
}

/// Returns the merged page of all members in the field `list`, with the names of the members that
/// did not answer.
template <typename P, Request List, typename MakeValue>
Result<Value> list_everywhere(Node& node, const Fields& fields, cluster::Service service,
                              const std::string& list, MakeValue value_of) {
  const auto request = list_request(fields);
  if (!request) return request.error();
  std::vector<std::pair<BootId, typename List::Reply>> pages;
  ValueArray unreachable;
  for (auto& [boot, page] : ask_everywhere<P>(node.system(), node.view(), service, List{*request},
                                              limits::shared_look_timeout)) {
    if (page)
      pages.emplace_back(boot, *std::move(page));
    else
      unreachable.emplace_back(member_name(node, boot));
  }
  const auto merged = merge_pages(pages, request->items_max);
  ValueArray items;
  for (const auto& listed : merged.items) {
    if (std::optional<Value> item = value_of(listed.entries)) items.push_back(*std::move(item));
  }
  return Value::map({{list, std::move(items)},
                     {"next", merged.next ? Value(*merged.next) : Value()},
                     {"unreachable", std::move(unreachable)}});
}

const LimitEntry& newest(const LimitsOnNodes& entries) {
  return std::ranges::max_element(entries, {},
                                  [](const auto& entry) { return entry.second.defined_at; })
      ->second;
}

Value limit_value(Node& node, const LimitsOnNodes& entries) {
  const LimitEntry& defined = newest(entries);
  std::uint64_t keys = 0;
  ValueArray nodes;
  for (const auto& [boot, entry] : entries) {
    keys += entry.keys;
    nodes.push_back(Value::map(
        {{"node", member_name(node, boot)}, {"keys", static_cast<std::int64_t>(entry.keys)}}));
  }
  return Value::map({{"name", defined.name},
                     {"definition", definition_value(defined.options)},
                     {"defined_at_ns", defined.defined_at.count()},
                     {"keys", static_cast<std::int64_t>(keys)},
                     {"nodes", std::move(nodes)}});
}

/// Returns the named limits as stored on all reachable members.
std::map<std::string, LimitsOnNodes> find_limits(Node& node, std::vector<std::string> names) {
  std::map<std::string, LimitsOnNodes> found;
  std::erase_if(names, [](const auto& name) { return name.size() > limits::name_size_bytes_max; });
  for (const auto& [boot, entries] :
       ask_everywhere<LimitProtocol>(node.system(), node.view(), cluster::Service::limits,
                                     FindLimits{std::move(names)}, limits::shared_look_timeout)) {
    if (!entries) continue;
    for (const LimitEntry& entry : *entries) found[entry.name].emplace_back(boot, entry);
  }
  return found;
}

/// Returns the units that an unused key has.
std::int64_t room_of(const RateLimiterOptions& options) {
  using enum LimiterAlgorithm;
  const bool bursts = options.algorithm == token_bucket || options.algorithm == leaky_bucket ||
                      options.algorithm == gcra;
  return bursts && options.burst > 0 ? options.burst : options.limit;
}

/// Returns the usage of a key, without creating the key.
Result<Value> key_value(Node& node, const LimitEntry& limit, const std::string& key) {
  if (key.empty() || key.size() > limits::key_size_bytes_max) {
    return Error(ErrorCode::invalid_argument, "a limit's key has 1 to 4096 bytes");
  }
  const std::string place = cluster::partition_key(limit.name, key);
  const auto primary = node.view().primary(cluster::Service::limits, place);
  if (!primary) return primary.error();
  const auto decision = call(ServerRef<LimitProtocol>(&node.system(), *primary),
                             LookAtLimit{limit.name, limit.options, key});
  if (!decision) return decision.error();
  const std::int64_t room = room_of(limit.options);
  const auto remaining = static_cast<std::int64_t>(decision->remaining);
  return Value::map(
      {{"key", key},
       {"used", std::max<std::int64_t>(room - remaining, 0)},
       {"remaining", remaining},
       {"admitted", decision->admitted},
       {"shadowed", decision->shadowed},
       {"retry_after_ns", decision->retry_after.count()},
       {"reset_at_ns", decision->reset_at.count()},
       {"reset_after_ns", decision->reset_after.count()},
       {"partition", static_cast<std::int64_t>(cluster::PartitionMap::partition_of(place))},
       {"node", member_name(node, primary->node)}});
}

}  // namespace

Error not_defined(const std::string& name) {
  return {ErrorCode::not_found, "the limit " + in_quotes(name) +
                                    " is not defined; say what it allows, e.g. --limit 100 "
                                    "--window 60s (fields limit and window_ns)"};
}

std::map<std::string, LimitEntry> limit_definitions(Node& node, std::vector<std::string> names) {
  std::map<std::string, LimitEntry> definitions;
  for (const auto& [name, entries] : find_limits(node, std::move(names))) {
    definitions.emplace(name, newest(entries));
  }
  return definitions;
}

Result<Value> limit_list(Node& node, const Fields& fields) {
  return list_everywhere<LimitProtocol, ListLimits>(
      node, fields, cluster::Service::limits, "limits",
      [&](const LimitsOnNodes& entries) { return std::optional(limit_value(node, entries)); });
}

Result<Value> limit_show(Node& node, const Fields& fields) {
  const auto name = fields.text("name");
  if (!name) return name.error();
  const auto found = find_limits(node, {*name});
  const auto it = found.find(*name);
  if (it == found.end()) return not_defined(*name);
  Value value = limit_value(node, it->second);
  const Value* key = fields.find("key");
  if (key == nullptr || key->is_null()) return value;
  const auto text = fields.text("key");
  if (!text) return text.error();
  const auto used = key_value(node, newest(it->second), *text);
  if (!used) return used.error();
  (*value.get_if<ValueMap>())["key"] = *used;
  return value;
}

/// Only the entry of a breaker's primary counts: a former primary may still store an older one.
Result<Value> breaker_list(Node& node, const Fields& fields) {
  using BreakersOnNodes = std::vector<std::pair<BootId, BreakerEntry>>;
  return list_everywhere<BreakerProtocol, ListBreakers>(
      node, fields, cluster::Service::breakers, "breakers",
      [&](const BreakersOnNodes& entries) -> std::optional<Value> {
        const std::string& name = entries.front().second.name;
        const auto primary = node.view().primary(cluster::Service::breakers, name);
        for (const auto& [boot, entry] : entries) {
          if (primary && primary->node == boot) return breaker_value(node, entry);
        }
        return std::nullopt;
      });
}

Result<Value> breaker_show(Node& node, const Fields& fields) {
  const auto name = fields.text("name");
  if (!name) return name.error();
  const auto found = node.breaker(*name).look();
  if (!found) return found.error();
  if (*found) return breaker_value(node, **found);
  return Error(ErrorCode::not_found, "the breaker " + in_quotes(*name) +
                                         " is not defined; its first request "
                                         "defines it (kith breaker NAME acquire)");
}

}  // namespace kith::node
