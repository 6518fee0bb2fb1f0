// SPDX-License-Identifier: Apache-2.0
#include "node/limit_operations.hpp"

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/limits.hpp"
#include "node/cluster_view.hpp"
#include "node/node.hpp"
#include "node/operation_fields.hpp"
#include "node/shared_looks.hpp"
#include "resilience/shared_limit_batch.hpp"
#include "transport/answer.hpp"

namespace kith::node {
namespace {

using resilience::CheckLimit;
using resilience::LimitEntry;

/// Reads a check. If its fields do not define the limit, `defined_at` is `Duration::min()`: any
/// definition that the primary knows takes precedence, and `complete` looks for one.
Result<CheckLimit> check_of(const Fields& fields) {
  const auto name = fields.text("name");
  if (!name) return name.error();
  if (name->empty() || name->size() > limits::name_size_bytes_max) {
    return Error(ErrorCode::invalid_argument, "a limit's name has 1 to 255 bytes");
  }
  const auto key = fields.text("key");
  if (!key) return key.error();
  const auto options = fields.limiter_options();
  if (!options) return options.error();
  const auto cost = fields.integer("cost", 1);
  if (!cost) return cost.error();
  const auto drain = fields.boolean("drain_over_limit", false);
  if (!drain) return drain.error();
  const auto reset = fields.boolean("reset_first", false);
  if (!reset) return reset.error();
  CheckLimit check{*name, *options, *key, {*cost, *drain, *reset}};
  const auto at = fields.integer("at_ns", 0);
  if (!at) return at.error();
  const Value* given = fields.find("at_ns");
  if (given != nullptr && !given->is_null()) check.at = Duration(*at);
  if (!fields.defines_limit()) check.defined_at = Duration::min();
  return check;
}

/// Fills in the definition in force, unless the check brings its own. Error: `not_found`.
Result<void> complete(CheckLimit& check, const std::map<std::string, LimitEntry>& definitions) {
  if (!check.defined_at) return {};
  const auto it = definitions.find(check.name);
  if (it == definitions.end()) return not_defined(check.name);
  check.options = it->second.options;
  check.defined_at = it->second.defined_at;
  return {};
}

/// Reads a single check and fills in its definition.
Result<CheckLimit> whole_check_of(Node& node, const Fields& fields) {
  auto check = check_of(fields);
  if (!check || !check->defined_at) return check;
  const auto done = complete(*check, limit_definitions(node, {check->name}));
  if (!done) return done.error();
  return check;
}

/// Returns the name of the node that counts the key.
std::string owner_of(Node& node, const std::string& name, const std::string& key) {
  const auto owner =
      node.view().primary(cluster::Service::limits, cluster::partition_key(name, key));
  return owner ? node.view().name_of(owner->node).value_or("unknown") : "unknown";
}

Value value_of(const RateDecision& decision, std::string owner) {
  return Value::map({{"admitted", decision.admitted},
                     {"limit", static_cast<std::int64_t>(decision.limit)},
                     {"remaining", static_cast<std::int64_t>(decision.remaining)},
                     {"retry_after_ns", decision.retry_after.count()},
                     {"shadowed", decision.shadowed},
                     {"reset_after_ns", decision.reset_after.count()},
                     {"reset_at_ns", decision.reset_at.count()},
                     {"ticket", static_cast<std::int64_t>(decision.ticket)},
                     {"node", std::move(owner)}});
}

Value value_of(const Error& error) {
  return Value::map({{"error", transport::error_value(error)}});
}

using PlacedChecks = std::vector<std::pair<std::size_t, CheckLimit>>;

/// Completes all checks with one request per member for all names. Checks without a definition are
/// removed, and answered with the error.
void complete(Node& node, PlacedChecks& checks, ValueArray& answers) {
  std::set<std::string> names;
  for (const auto& [place, check] : checks) {
    if (check.defined_at) names.insert(check.name);
  }
  if (names.empty()) return;
  const auto definitions = limit_definitions(node, {names.begin(), names.end()});
  std::erase_if(checks, [&](auto& placed) {
    const auto done = complete(placed.second, definitions);
    if (!done) answers[placed.first] = value_of(done.error());
    return !done;
  });
}

/// Returns the valid checks with their positions; the answers of the others are their errors.
PlacedChecks checks_of(Node& node, const ValueArray& items, ValueArray& answers) {
  PlacedChecks checks;
  for (std::size_t place = 0; place < items.size(); ++place) {
    const auto known = check_fields("limit", items[place]);
    auto check = known ? check_of(Fields(items[place])) : known.error();
    if (check)
      checks.emplace_back(place, *std::move(check));
    else
      answers[place] = value_of(check.error());
  }
  complete(node, checks, answers);
  return checks;
}

}  // namespace

Result<Value> limit(Node& node, const Fields& fields) {
  const auto check = whole_check_of(node, fields);
  if (!check) return check.error();
  const auto answers = resilience::check_limits(node.system(), node.view(), {*check});
  if (!answers) return answers.error();
  const Result<RateDecision>& decision = answers->front();
  if (!decision) return decision.error();
  return value_of(*decision, owner_of(node, check->name, check->key));
}

Result<Value> limit_batch(Node& node, const Fields& fields) {
  const auto items = fields.array("items");
  if (!items) return items.error();
  if (const auto good = validate_batch(items->size()); !good) return good.error();
  ValueArray answers(items->size());
  const auto checks = checks_of(node, *items, answers);
  std::vector<CheckLimit> requests;
  for (const auto& [place, check] : checks) requests.push_back(check);
  const auto decisions = resilience::check_limits(node.system(), node.view(), std::move(requests));
  if (!decisions) return decisions.error();
  for (std::size_t i = 0; i < checks.size(); ++i) {
    const auto& [place, check] = checks[i];
    const Result<RateDecision>& decision = (*decisions)[i];
    answers[place] = decision ? value_of(*decision, owner_of(node, check.name, check.key))
                              : value_of(decision.error());
  }
  return Value::map({{"answers", std::move(answers)}});
}

Result<Value> limit_reserve(Node& node, const Fields& fields) {
  const auto hold_for = fields.duration("hold_for_ns", Duration::zero());
  if (!hold_for) return hold_for.error();
  const auto check = whole_check_of(node, fields);
  if (!check) return check.error();
  const auto primary = node.view().primary(cluster::Service::limits,
                                           cluster::partition_key(check->name, check->key));
  if (!primary) return primary.error();
  const resilience::ReserveLimit reserve{check->name,         check->options, check->key,
                                         check->request.hits, *hold_for,      check->defined_at};
  const auto decision =
      call(ServerRef<resilience::LimitProtocol>(&node.system(), *primary), reserve);
  if (!decision) return decision.error();
  return value_of(*decision, owner_of(node, check->name, check->key));
}

Result<Value> limit_end(Node& node, const Fields& fields) {
  const auto name = fields.text("name");
  if (!name) return name.error();
  const auto key = fields.text("key");
  if (!key) return key.error();
  const auto ticket = fields.integer("ticket", 0);
  if (!ticket) return ticket.error();
  const auto commit = fields.boolean("commit", false);
  if (!commit) return commit.error();
  const auto limiter = node.rate_limiter(*name, {});
  const auto number = static_cast<std::uint64_t>(*ticket);
  const auto ended = *commit ? limiter.commit(*key, number) : limiter.cancel(*key, number);
  if (!ended) return ended.error();
  return Value::map({{"ended", *ended}});
}

}  // namespace kith::node
