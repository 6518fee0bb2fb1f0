// SPDX-License-Identifier: Apache-2.0
#include "cli/replay/plan.hpp"

#include <algorithm>
#include <utility>

#include "cli/replay/wire_name.hpp"
#include "core/check.hpp"
#include "core/limits.hpp"

namespace kith::replay {
namespace {

Error bad_answer(std::string text) {
  return {ErrorCode::decode, std::move(text)};
}

}  // namespace

ReplayPlan::ReplayPlan(ReplayOptions options, std::vector<std::string> nodes, BatchLimits limits,
                       std::size_t window_lines)
    : options_(std::move(options)), limits_(limits), window_lines_(window_lines) {
  KITH_CHECK(!nodes.empty());
  for (std::string& name : nodes) nodes_.emplace_back().name = std::move(name);
}

// -- lines ----------------------------------------------------------------------------------------

void ReplayPlan::add(const LogLine& log_line) {
  const std::uint64_t index = window_begin_ + window_.size();
  Line line{.key = key_number(key_of(options_, log_line)), .at = log_line.at};
  if (options_.breaker) {
    line.breaker = breaker_number(breaker_name(log_line.path));
    line.failed = is_failure(options_, log_line.status);
  }
  window_.push_back(line);
  Key& key = keys_[line.key];
  ++key.counts.requests;
  send_to_limit({.index = index, .key = key.wire_name, .at = line.at}, line.key);
}

void ReplayPlan::add_unreadable(std::uint64_t number, std::string why) {
  unreadable_.add(number, std::move(why));
}

std::uint32_t ReplayPlan::key_number(const std::string& key) {
  const auto number = static_cast<std::uint32_t>(keys_.size());
  const auto [found, is_new] = key_numbers_.try_emplace(key, number);
  if (is_new) {
    keys_.push_back({.wire_name = wire_name(key, number, limits::key_size_bytes_max),
                     .node = least_loaded(&Node::keys_lines),
                     .counts = {.key = key}});
  }
  return found->second;
}

std::uint32_t ReplayPlan::breaker_number(const std::string& name) {
  const auto number = static_cast<std::uint32_t>(breakers_.size());
  const auto [found, is_new] = breaker_numbers_.try_emplace(name, number);
  if (is_new) {
    breakers_.push_back({.wire_name = wire_name(name, number, limits::name_size_bytes_max),
                         .node = least_loaded(&Node::breakers_lines),
                         .counts = {.name = name, .transitions = {}},
                         .transitions = {}});
  }
  return found->second;
}

std::size_t ReplayPlan::least_loaded(std::uint64_t Node::* lines) const {
  std::size_t least = 0;
  for (std::size_t i = 1; i < nodes_.size(); ++i) {
    if (!nodes_[i].alive) continue;
    if (!nodes_[least].alive || nodes_[i].*lines < nodes_[least].*lines) least = i;
  }
  return least;
}

// -- batches --------------------------------------------------------------------------------------

void ReplayPlan::send_to_limit(LimitItem item, std::uint32_t key_number) {
  Key& key = keys_[key_number];
  if (!nodes_[key.node].alive) key.node = least_loaded(&Node::keys_lines);
  ++nodes_[key.node].keys_lines;
  nodes_[key.node].limit.add(std::move(item));
}

void ReplayPlan::send_to_breaker(BreakerItem item) {
  Breaker& breaker = breakers_[item.breaker];
  if (!nodes_[breaker.node].alive) breaker.node = least_loaded(&Node::breakers_lines);
  ++nodes_[breaker.node].breakers_lines;
  nodes_[breaker.node].breaker.add(std::move(item));
}

std::optional<LimitBatch> ReplayPlan::next_limit_batch(std::size_t node) {
  if (!nodes_[node].alive) return std::nullopt;
  return nodes_[node].limit.next(node, next_id_++, limits_);
}

std::optional<BreakerBatch> ReplayPlan::next_breaker_batch(std::size_t node) {
  if (!nodes_[node].alive) return std::nullopt;
  return nodes_[node].breaker.next(node, next_id_++, limits_);
}

// -- answers --------------------------------------------------------------------------------------

Result<void> ReplayPlan::limit_answer(std::size_t node, std::uint64_t id,
                                      const std::vector<bool>& admitted) {
  const auto batch = nodes_[node].limit.answered(id, admitted.size());
  if (!batch) return bad_answer("an answer that matches no outstanding batch of limit requests");
  nodes_[node].answered += admitted.size();
  for (std::size_t i = 0; i < admitted.size(); ++i) {
    Line& decided = line(batch->items[i].index);
    decided.decision = admitted[i] ? Decision::admitted : Decision::limited;
    KeyReport& counts = keys_[decided.key].counts;
    ++(admitted[i] ? counts.admitted : counts.limited);
    ++(admitted[i] ? admitted_ : limited_);
  }
  pass_on_decided_lines();
  return {};
}

// Only from the front of the window: answers of different nodes arrive out of order, but each
// breaker must see its requests in file order.
void ReplayPlan::pass_on_decided_lines() {
  for (; !window_.empty() && window_.front().decision != Decision::none; ++window_begin_) {
    const Line& first = window_.front();
    if (options_.breaker && first.decision == Decision::admitted) {
      send_to_breaker({.index = window_begin_,
                       .name = breakers_[first.breaker].wire_name,
                       .at = first.at,
                       .failed = first.failed,
                       .breaker = first.breaker});
    }
    window_.pop_front();
  }
}

Result<void> ReplayPlan::breaker_answer(std::size_t node, std::uint64_t id,
                                        const BreakerAnswer& answer) {
  // Before the batch is taken off the queue, so that a malformed answer changes nothing.
  for (const auto& [item, transition] : answer.transitions) {
    if (item >= answer.refused.size() || kith::to_string(transition.to) == "unknown") {
      return bad_answer("a transition with an unknown request or state");
    }
  }
  const auto batch = nodes_[node].breaker.answered(id, answer.refused.size());
  if (!batch) return bad_answer("an answer that matches no outstanding batch of breaker requests");
  for (std::size_t i = 0; i < answer.refused.size(); ++i) {
    const BreakerItem& item = batch->items[i];
    BreakerReport& counts = breakers_[item.breaker].counts;
    ++counts.requests;
    if (answer.refused[i])
      ++counts.refused;
    else if (item.failed)
      ++counts.failures;
  }
  for (const auto& [item, transition] : answer.transitions) {
    const BreakerItem& request = batch->items[item];
    breakers_[request.breaker].transitions.emplace_back(request.index, transition);
  }
  return {};
}

// -- nodes that come and go -----------------------------------------------------------------------

Result<void> ReplayPlan::node_failed(std::size_t node) {
  nodes_[node].alive = false;
  if (std::ranges::none_of(nodes_, &Node::alive)) {
    return {ErrorCode::unavailable, "no node is left to continue the replay"};
  }
  for (LimitItem& item : nodes_[node].limit.take_back()) {
    const std::uint32_t key = line(item.index).key;
    send_to_limit(std::move(item), key);
  }
  for (BreakerItem& item : nodes_[node].breaker.take_back()) send_to_breaker(std::move(item));
  return {};
}

// -- the end --------------------------------------------------------------------------------------

bool ReplayPlan::done() const {
  return ended_ && window_.empty() &&
         std::ranges::all_of(nodes_, [](const Node& node) { return node.breaker.empty(); });
}

ReplayReport ReplayPlan::report(double seconds) const {
  ReplayReport report{.requests = window_begin_ + window_.size(),
                      .unreadable = unreadable_,
                      .by = options_.by,
                      .limiter = options_.limiter,
                      .admitted = admitted_,
                      .limited = limited_,
                      .keys = {},
                      .breakers = {},
                      .nodes = {},
                      .seconds = seconds};
  for (const Key& key : keys_) report.keys.push_back(key.counts);
  for (const Breaker& breaker : breakers_) {
    if (breaker.counts.requests == 0) continue;
    BreakerReport& shown = report.breakers.emplace_back(breaker.counts);
    auto transitions = breaker.transitions;  // answers of different batches may arrive out of order
    std::ranges::stable_sort(transitions, {}, &std::pair<std::uint64_t, BreakerTransition>::first);
    for (const auto& [index, transition] : transitions) shown.transitions.push_back(transition);
  }
  for (const Node& node : nodes_) report.nodes.push_back({node.name, node.answered});
  sort(report);
  return report;
}

}  // namespace kith::replay
