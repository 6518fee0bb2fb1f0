// SPDX-License-Identifier: Apache-2.0
#include "node/replay_operations.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "actor/server_ref.hpp"
#include "node/cluster_view.hpp"
#include "node/node.hpp"
#include "resilience/breaker_service.hpp"
#include "resilience/limit_service.hpp"

namespace kith::node {

using resilience::BreakerProtocol;
using resilience::LimitProtocol;
using resilience::ReplayBreakers;
using resilience::ReplayLimits;

namespace {

/// Holds the part of a request for one primary, with the positions of its items in the request.
template <typename Request>
struct Part {
  Request request;
  std::vector<std::size_t> places;
};

struct Items {
  std::vector<std::uint64_t> numbers;
  std::vector<std::string> keys;
  std::vector<std::int64_t> times;
};

Result<Items> items_of(const Fields& fields, std::string_view keys_field) {
  const auto keys = fields.array(keys_field);
  if (!keys) return keys.error();
  const auto times = fields.array("times");
  if (!times) return times.error();
  const auto numbers = fields.array("numbers");
  if (!numbers) return numbers.error();
  if (keys->size() != times->size() || keys->size() != numbers->size()) {
    return Error(ErrorCode::invalid_argument, "there must be as many numbers and times as keys");
  }
  Items items;
  for (std::size_t i = 0; i < keys->size(); ++i) {
    const auto* time = (*times)[i].get_if<std::int64_t>();
    const auto* number = (*numbers)[i].get_if<std::int64_t>();
    const auto* text = (*keys)[i].get_if<std::string>();
    const auto* bytes = (*keys)[i].get_if<Bytes>();  // a key that is not UTF-8
    if (time == nullptr || number == nullptr || (text == nullptr && bytes == nullptr)) {
      return Error(ErrorCode::invalid_argument,
                   "keys must be strings, times nanoseconds and numbers integers");
    }
    items.numbers.push_back(static_cast<std::uint64_t>(*number));
    items.keys.push_back(text != nullptr ? *text : std::string(as_text(*bytes)));
    items.times.push_back(*time);
  }
  return items;
}

/// Sends all parts before it waits for the answers, so that the primaries work in parallel. Waits
/// for all answers, also after an error.
template <typename P, typename Request, typename Take>
Result<void> ask_all(Node& node, std::map<Pid, Part<Request>>& parts, Take take) {
  std::vector<std::pair<PendingReply<typename Request::Reply>, Part<Request>*>> pending;
  for (auto& [pid, part] : parts) {
    const auto sent = send_request(ServerRef<P>(&node.system(), pid), std::move(part.request));
    if (!sent) return sent.error();
    pending.emplace_back(*sent, &part);
  }
  std::optional<Error> problem;
  for (auto& [reply, part] : pending) {
    auto answer = receive_response(reply);
    if (!answer)
      problem = answer.error();
    else if (!problem)
      take(*part, *answer);
  }
  if (problem) return *problem;
  return {};
}

}  // namespace

Result<Value> replay_limits(Node& node, const Fields& fields) {
  const auto run = fields.text("run");
  if (!run) return run.error();
  const auto options = fields.limiter_options();
  if (!options) return options.error();
  auto items = items_of(fields, "keys");
  if (!items) return items.error();
  std::map<Pid, Part<ReplayLimits>> parts;
  for (std::size_t i = 0; i < items->keys.size(); ++i) {
    const auto primary =
        node.view().primary(cluster::Service::limits, cluster::partition_key(*run, items->keys[i]));
    if (!primary) return primary.error();
    auto& part = parts[*primary];
    part.request.numbers.push_back(items->numbers[i]);
    part.request.keys.push_back(std::move(items->keys[i]));
    part.request.times.push_back(items->times[i]);
    part.places.push_back(i);
  }
  for (auto& [pid, part] : parts) {
    part.request.run = *run;
    part.request.options = *options;
  }
  Bytes admitted(items->keys.size());
  const auto take = [&](const Part<ReplayLimits>& part, const Bytes& answer) {
    for (std::size_t i = 0; i < std::min(part.places.size(), answer.size()); ++i) {
      admitted[part.places[i]] = answer[i];
    }
  };
  if (const auto done = ask_all<LimitProtocol>(node, parts, take); !done) return done.error();
  return Value::map({{"admitted", std::move(admitted)}});
}

Result<Value> replay_breakers(Node& node, const Fields& fields) {
  const auto run = fields.text("run");
  if (!run) return run.error();
  const auto options = fields.breaker_options();
  if (!options) return options.error();
  auto items = items_of(fields, "names");
  if (!items) return items.error();
  const auto failed = fields.bytes("failed");
  if (!failed) return failed.error();
  if (failed->size() != items->keys.size()) {
    return Error(ErrorCode::invalid_argument, "there must be as many outcomes as names");
  }
  std::map<Pid, Part<ReplayBreakers>> parts;
  for (std::size_t i = 0; i < items->keys.size(); ++i) {
    const auto primary = node.view().primary(cluster::Service::breakers,
                                             cluster::partition_key(*run, items->keys[i]));
    if (!primary) return primary.error();
    auto& part = parts[*primary];
    part.request.numbers.push_back(items->numbers[i]);
    part.request.names.push_back(std::move(items->keys[i]));
    part.request.times.push_back(items->times[i]);
    part.request.failed.push_back((*failed)[i]);
    part.places.push_back(i);
  }
  for (auto& [pid, part] : parts) {
    part.request.run = *run;
    part.request.options = *options;
  }
  // The answers index the items of their part; `places` maps them back to the request.
  Bytes refused(items->keys.size());
  ValueArray transitions;
  const auto take = [&](const Part<ReplayBreakers>& part,
                        const resilience::ReplayedBreakers& answer) {
    for (std::size_t i = 0; i < std::min(part.places.size(), answer.refused.size()); ++i) {
      refused[part.places[i]] = answer.refused[i];
    }
    for (const auto& change : answer.transitions) {
      if (change.item >= part.places.size()) continue;
      transitions.push_back(
          Value::map({{"name", change.name},
                      {"at_ns", change.at},
                      {"to", std::string(to_string(change.to))},
                      {"item", static_cast<std::int64_t>(part.places[change.item])}}));
    }
  };
  if (const auto done = ask_all<BreakerProtocol>(node, parts, take); !done) return done.error();
  return Value::map({{"refused", std::move(refused)}, {"transitions", std::move(transitions)}});
}

Result<Value> replay_end(Node& node, const Fields& fields) {
  const auto run = fields.text("run");
  if (!run) return run.error();
  const resilience::ForgetRun message{*run};
  for (const Pid pid : node.view().everywhere(cluster::Service::limits)) {
    static_cast<void>(cast(ServerRef<LimitProtocol>(&node.system(), pid), message));
  }
  for (const Pid pid : node.view().everywhere(cluster::Service::breakers)) {
    static_cast<void>(cast(ServerRef<BreakerProtocol>(&node.system(), pid), message));
  }
  return Value(ValueMap{});
}

}  // namespace kith::node
