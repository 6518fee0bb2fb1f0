// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/membership_cluster.hpp"

#include <algorithm>
#include <variant>

#include <gtest/gtest.h>

namespace kith::testing {

MembershipCluster::Node::Node(const cluster::MembershipOptions& options,
                              const cluster::Member& self, std::uint64_t seed)
    : membership(options, self, seed), dissemination({}, self, seed + 1), names(self.id, "names") {}

MembershipCluster::MembershipCluster(cluster::MembershipOptions options, std::uint64_t seed)
    : options_(std::move(options)), random_(seed) {}

WallTime MembershipCluster::wall() const {
  return WallTime{std::chrono::seconds{1'700'000'000} + now_.time_since_epoch()};
}

MembershipCluster::Node& MembershipCluster::start(const std::string& name,
                                                  const std::string& seed_name,
                                                  std::string address) {
  cluster::Member self;
  self.id = {name, random_.next() | 1U};
  self.address = address.empty() ? name + ":7100" : std::move(address);
  self.started = wall().time_since_epoch().count();
  self.since = now_;
  if (const auto old = nodes_.find(name); old != nodes_.end()) {
    dead_.push_back(std::move(old->second));
    nodes_.erase(old);
  }
  addresses_[self.address] = name;
  Node& made =
      *nodes_.emplace(name, std::make_unique<Node>(options_, self, random_.next())).first->second;
  std::vector<transport::Address> seeds;
  if (!seed_name.empty()) seeds.push_back(seed_name + ":7100");
  perform(name, made.membership.start(seeds, now_));
  return made;
}

void MembershipCluster::kill(const std::string& name, bool told) {
  node(name).alive = false;
  note(name, "is killed");
  if (!told) return;
  for (const auto& other : living()) {
    at(now_ + line.latency_most, [this, other, name] {
      if (node(other).alive) perform(other, node(other).membership.probe_soon(name, now_));
    });
  }
}

void MembershipCluster::leave(const std::string& name) {
  perform(name, node(name).membership.leave(now_));
  node(name).alive = false;
}

void MembershipCluster::thaw(const std::string& name) {
  node(name).frozen = false;
  tick(name);
}

void MembershipCluster::register_name(const std::string& node_name, const std::string& name,
                                      std::uint32_t index) {
  Node& n = node(node_name);
  const Pid pid{n.membership.self().id.boot, index, 1};
  auto effects = n.dissemination.put({"names", name},
                                     {.value = registry::name_value(pid, node_name),
                                      .priority = 0,
                                      .claimed = n.clock.now(wall())},
                                     now_);
  ASSERT_TRUE(effects);
  perform(node_name, std::move(*effects));
}

void MembershipCluster::unregister_name(const std::string& node_name, const std::string& name) {
  perform(node_name, node(node_name).dissemination.erase({"names", name}, now_));
}

void MembershipCluster::at(TimePoint when, std::function<void()> what) {
  queue_.emplace(std::pair(when, ++order_), std::move(what));
}

void MembershipCluster::run_for(Duration duration) {
  run_until([] { return false; }, duration);
}

bool MembershipCluster::run_until(const std::function<bool()>& condition, Duration at_most) {
  const TimePoint end = now_ + at_most;
  while (!condition()) {
    if (queue_.empty() || queue_.begin()->first.first > end) {
      now_ = end;
      return condition();
    }
    auto next = queue_.extract(queue_.begin());
    now_ = next.key().first;
    next.mapped()();
  }
  return true;
}

void MembershipCluster::perform(const std::string& name, cluster::MembershipEffects effects) {
  for (auto& send : effects.sends) transmit(name, send.to, cluster::encode(send.message, format_));
  for (const auto& event : effects.events) {
    note(name, std::string(to_string(event.kind)) + " " + event.member.id.name + " " +
                   std::to_string(event.member.incarnation) + " " + event.reason);
    node(name).events.emplace_back(now_, event);
    perform(name, node(name).dissemination.apply(event, now_));
  }
  arm(name);
}

void MembershipCluster::perform(const std::string& name, cluster::DisseminationEffects effects) {
  for (auto& send : effects.sends) transmit(name, send.to, cluster::encode(send.message, format_));
  for (const auto& event : effects.events) {
    for (auto& seen : node(name).names.apply(event)) {
      note(name, "name " + std::to_string(static_cast<int>(seen.kind)) + " " + seen.name.key + " " +
                     to_string(seen.winner.pid));
      node(name).name_events.push_back(std::move(seen));
    }
  }
  arm(name);
}

void MembershipCluster::transmit(const std::string& from, const transport::Address& to,
                                 Bytes bytes) {
  const auto target = addresses_.find(to);
  ++messages_;
  if (target == addresses_.end() || random_.chance(line.loss)) return;
  const auto range = static_cast<std::uint64_t>((line.latency_most - line.latency_least).count());
  const Duration latency =
      line.latency_least + Duration(static_cast<Duration::rep>(random_.below(range + 1)));
  const auto& self = node(from).membership.self();
  at(now_ + latency, [this, peer = transport::Peer{self.id, self.address}, name = target->second,
                      sent = std::move(bytes)] { deliver(peer, name, sent); });
}

void MembershipCluster::deliver(const transport::Peer& from, const std::string& to,
                                const Bytes& bytes) {
  Node& target = node(to);
  if (!target.alive || !connected(from.id.name, to)) return;
  if (target.frozen) return;  // its buffers overflow
  auto message = cluster::decode_cluster_message(bytes, format_);
  ASSERT_TRUE(message) << message.error().to_string();
  if (const auto* membership = std::get_if<cluster::MembershipMessage>(&*message)) {
    perform(to, target.membership.receive(from, *membership, now_));
  } else {
    perform(to, target.dissemination.receive(
                    from, std::get<cluster::DisseminationMessage>(*message), now_));
  }
}

void MembershipCluster::arm(const std::string& name) {
  Node& n = node(name);
  auto deadline = n.membership.next_deadline();
  if (!deadline) return;
  deadline = std::min(*deadline, n.dissemination.next_deadline().value_or(*deadline));
  const std::uint64_t timer = ++order_;
  n.timer = timer;
  at(std::max(*deadline, now_), [this, name, timer] {
    const Node& armed = node(name);
    if (armed.alive && !armed.frozen && armed.timer == timer) tick(name);
  });
}

void MembershipCluster::tick(const std::string& name) {
  Node& n = node(name);
  perform(name, n.membership.tick(now_));
  perform(name, n.dissemination.tick(now_));
}

void MembershipCluster::note(const std::string& name, const std::string& text) {
  log_ += std::to_string((now_.time_since_epoch()).count()) + " " + name + ": " + text + "\n";
}

bool MembershipCluster::connected(const std::string& a, const std::string& b) const {
  const auto group = [&](const std::string& name) {
    const auto it = groups_.find(name);
    return it == groups_.end() ? 0 : it->second;
  };
  return group(a) == group(b);
}

std::vector<std::string> MembershipCluster::living() const {
  std::vector<std::string> names;
  for (const auto& [name, n] : nodes_) {
    if (n->alive) names.push_back(name);
  }
  return names;
}

std::vector<std::string> MembershipCluster::who(const std::string& name,
                                                cluster::MemberStatus status) const {
  std::vector<std::string> names;
  for (const auto& [other, member] : nodes_.at(name)->membership.members()) {
    if (member.status == status) names.push_back(other);
  }
  return names;
}

bool MembershipCluster::agrees() const {
  const auto all = living();
  return std::all_of(all.begin(), all.end(), [&](const std::string& name) {
    const auto& members = nodes_.at(name)->membership.members();
    return who(name, cluster::MemberStatus::up) == all &&
           who(name, cluster::MemberStatus::suspect).empty() &&
           std::all_of(all.begin(), all.end(), [&](const std::string& other) {
             return members.at(other).id == nodes_.at(other)->membership.self().id;
           });
  });
}

bool MembershipCluster::names_agree() const {
  const auto all = living();
  return std::all_of(all.begin(), all.end(), [&](const std::string& name) {
    return nodes_.at(name)->names.names() == nodes_.at(all.front())->names.names();
  });
}

std::optional<TimePoint> MembershipCluster::first_event(const std::string& name,
                                                        cluster::MemberEvent::Kind kind,
                                                        const std::string& subject,
                                                        TimePoint from) const {
  for (const auto& [when, event] : nodes_.at(name)->events) {
    if (when >= from && event.kind == kind && event.member.id.name == subject) return when;
  }
  return std::nullopt;
}

}  // namespace kith::testing
