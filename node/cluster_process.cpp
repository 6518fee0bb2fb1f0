// SPDX-License-Identifier: Apache-2.0
#include "node/cluster_process.hpp"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "core/limits.hpp"
#include "core/printable.hpp"

namespace kith::node {

using cluster::MemberEvent;

namespace {

/// Below the 10 s of the call in `Node::join`, so that a caller gets the cause and not a timeout.
constexpr std::chrono::seconds join_timeout{8};
/// Shorter stalls are usual on a busy machine and not logged.
constexpr std::chrono::seconds stall_worth_telling{1};

double seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

}  // namespace

ClusterProcess::ClusterProcess(ClusterParts parts)
    : parts_(std::move(parts)),
      membership_(parts_.membership, parts_.self, parts_.seed),
      dissemination_({}, parts_.self, parts_.seed + 1) {}

void ClusterProcess::init() {
  perform(membership_.start(parts_.seeds, now()));
  publish_view();
  settle();
}

void ClusterProcess::handle_cast(const FrameArrived& frame) {
  auto message = cluster::decode_cluster_message(frame.message, parts_.format);
  if (!message) {
    parts_.log->warning("cluster", "a peer sent what is not a message of this version",
                        {{"peer", frame.from.id.name}, {"why", message.error().text()}});
    return;
  }
  if (auto* member = std::get_if<cluster::MembershipMessage>(&*message)) {
    perform(membership_.receive(frame.from, *member, now()));
  } else {
    perform(dissemination_.receive(frame.from, std::get<cluster::DisseminationMessage>(*message),
                                   now()));
  }
  settle();
}

void ClusterProcess::handle_cast(const PeerLost& lost) {
  parts_.log->debug("cluster", "the connection to a peer is lost", {{"peer", lost.peer.name}});
  perform(membership_.probe_soon(lost.peer.name, now()));
  settle();
}

void ClusterProcess::handle_cast(const Tick&) {
  timer_.reset();
  perform(membership_.tick(now()));
  perform(dissemination_.tick(now()));
  give_up_joins();
  if (!membership_.joined()) {
    for (const auto& address : diary_.due(now())) look_at(address);
  }
  settle();
}

void ClusterProcess::handle_call(const LeaveCluster&) {
  perform(membership_.leave(now()));
  publish_view();
}

// --- joining ------------------------------------------------------------------

void ClusterProcess::handle_call(const JoinCluster& request, From<void> from) {
  if (request.address.empty()) {  // `fail_joins` takes an empty address for all joins
    return from.fail(join_error(
        request.address, {JoinObstacle::Kind::bad_address, "is not an address; write HOST:PORT"}));
  }
  joins_.push_back({request.address, now() + join_timeout, from, {}});
  perform(membership_.join(request.address, now()));
  settle();
  if (!membership_.is_satisfied(request.address)) look_at(request.address);
}

/// Looks at an address in a process of its own, because that blocks.
void ClusterProcess::look_at(const transport::Address& address) {
  if (!parts_.look) return;
  const ServerRef<ClusterProtocol> cluster(current_system(), self());
  spawn([look = parts_.look, cluster, address] {
    static_cast<void>(cast(cluster, SeedSeen{address, blocking([&] { return look(address); })}));
  });
}

void ClusterProcess::handle_cast(const SeedSeen& seen) {
  for (PendingJoin& join : joins_) {
    if (join.address == seen.address) join.obstacle = seen.obstacle;
  }
  if (is_final(seen.obstacle.kind)) {
    fail_joins(seen.address, join_error(seen.address, seen.obstacle));
  }
  if (diary_.note(seen.address, seen.obstacle, now()) && !membership_.joined()) {
    parts_.log->warning(
        "cluster", "not joined: seed " + seen.address + " " + seen.obstacle.text,
        {{"seed", seen.address}, {"cause", std::string(to_string(seen.obstacle.kind))}});
  }
  publish_view();
  settle();
}

void ClusterProcess::answer_joins() {
  std::erase_if(joins_, [this](const PendingJoin& join) {
    const bool there = membership_.is_satisfied(join.address);
    if (there) join.from.reply();
    return there;
  });
}

void ClusterProcess::give_up_joins() {
  for (;;) {
    const auto over = std::ranges::find_if(
        joins_, [this](const PendingJoin& join) { return join.deadline <= now(); });
    if (over == joins_.end()) return;
    const transport::Address address = over->address;
    JoinObstacle why = over->obstacle;
    if (why.text.empty()) {
      why.text =
          "has not let this node in; is it running, with the same --cluster, and can it "
          "reach this node?";
    }
    fail_joins(address, join_error(address, why));
  }
}

/// Fails the pending joins through an address; an empty address means all joins. Stops dialling the
/// address unless it is a seed.
void ClusterProcess::fail_joins(const transport::Address& address, const Error& why) {
  const auto failed = std::erase_if(joins_, [&](const PendingJoin& join) {
    if (!address.empty() && join.address != address) return false;
    join.from.fail(why);
    return true;
  });
  const bool configured = std::ranges::find(parts_.seeds, address) != parts_.seeds.end();
  if (failed > 0 && !configured) membership_.forget(address, now());
}

/// Handles a rejection: by the dialled node, or because a newer boot replaced this one.
void ClusterProcess::on_refusal(const MemberEvent& event) {
  const Error why(ErrorCode::conflict, event.reason);
  const JoinObstacle obstacle{JoinObstacle::Kind::not_let_in,
                              "does not let this node in: " + event.reason};
  const bool is_seed = membership_.missing_seeds().contains(event.dialled);
  diary_.set_missing(membership_.missing_seeds(), now());
  const bool asked =
      std::ranges::find(joins_, event.dialled, &PendingJoin::address) != joins_.end();
  if (!is_seed || asked || diary_.note(event.dialled, obstacle, now())) {
    parts_.log->warning("cluster", "this node may not join",
                        {{"address", event.member.address}, {"reason", event.reason}});
  }
  fail_joins(event.dialled, why);
  const bool is_final = !membership_.joined() || membership_.is_silent();
  if (!is_final || !parts_.on_refused) return;
  std::exchange(parts_.on_refused, nullptr)(why);  // called once
}

// --- effects ------------------------------------------------------------------

void ClusterProcess::perform(cluster::MembershipEffects effects) {
  for (const auto& send : effects.sends) {
    const auto sent = parts_.transport.send(send.to, channel_of(send.message),
                                            cluster::encode(send.message, parts_.format));
    if (!sent) parts_.log->debug("cluster", sent.error().text(), {{"to", send.to}});
  }
  for (const MemberEvent& event : effects.events) on_member_event(event);
  if (effects.stood_still >= stall_worth_telling) {
    parts_.log->warning(
        "cluster", fmt::format("this node stood still for {:.1f} s", seconds(effects.stood_still)));
  }
  const bool changed = effects.members_changed || !effects.events.empty();
  if (changed || parts_.view.joined() != membership_.joined()) publish_view();
}

void ClusterProcess::perform(cluster::DisseminationEffects effects) {
  for (const auto& send : effects.sends) {
    const auto sent = parts_.transport.send(send.to, transport::Channel::state,
                                            cluster::encode(send.message, parts_.format));
    if (!sent) parts_.log->debug("cluster", sent.error().text(), {{"to", send.to}});
  }
  for (const cluster::LogEvent& event : effects.events) {
    for (const auto& change : parts_.names.apply(event)) on_name_event(change);
  }
}

void ClusterProcess::on_member_event(const MemberEvent& event) {
  const NodeId& id = event.member.id;
  if (event.kind == MemberEvent::Kind::join_refused) return on_refusal(event);
  parts_.log->info("cluster", std::string("member ") + std::string(to_string(event.kind)),
                   {{"member", id.name}, {"address", event.member.address}});
  const bool own = id == membership_.self().id;
  switch (event.kind) {
    case MemberEvent::Kind::up:
    case MemberEvent::Kind::updated:
      if (!own && event.member.is_active()) {
        parts_.router.set_member(id, event.member.address);
      }
      break;
    case MemberEvent::Kind::unreachable:
    case MemberEvent::Kind::down:
    case MemberEvent::Kind::left:
      parts_.router.remove_member(id.boot);
      break;
    case MemberEvent::Kind::join_refused:
    case MemberEvent::Kind::suspect:
      break;
  }
  perform(dissemination_.apply(event, now()));
}

void ClusterProcess::publish_view() {
  std::vector<cluster::Member> members;
  for (const auto& [name, member] : membership_.members()) members.push_back(member);
  parts_.view.update(std::move(members), membership_.joined(),
                     membership_.joined() ? std::vector<JoinTrouble>() : diary_.troubles());
}

void ClusterProcess::settle() {
  answer_joins();
  diary_.set_missing(membership_.missing_seeds(), now());
  std::optional<TimePoint> due = membership_.next_deadline();
  const auto consider = [&due](std::optional<TimePoint> other) {
    if (other && (!due || *other < *due)) due = other;
  };
  consider(dissemination_.next_deadline());
  if (!membership_.joined()) consider(diary_.next_deadline());
  for (const PendingJoin& join : joins_) consider(join.deadline);
  if (!due || (timer_ && timer_due_ <= *due)) return;
  if (timer_) cancel_timer(*timer_);
  timer_due_ = *due;
  timer_ = send_after(std::max(*due - now(), Duration::zero()), self(), Tick{});
}

// --- names --------------------------------------------------------------------

Result<void> ClusterProcess::handle_call(const RegisterName& request) {
  if (request.name.empty() || request.name.size() > limits::name_size_bytes_max) {
    return Error(ErrorCode::invalid_argument, "a name has 1 to 255 bytes");
  }
  if (const auto holder = parts_.names.lookup(request.name)) {
    return Error(ErrorCode::already_exists, "the name " + in_quotes(request.name) +
                                                " is taken by " + to_string(holder->pid) +
                                                " on node " + printable(holder->owner.name));
  }
  if (!current_system()->is_alive(request.pid)) {
    return Error(ErrorCode::no_process,
                 "the process " + to_string(request.pid) + " does not live on this node");
  }
  cluster::LogContent content{registry::name_value(request.pid, request.metadata), 0,
                              hybrid_clock_.now(current_system()->clock().wall())};
  auto effects =
      dissemination_.put({GlobalRegistry::scope, request.name}, std::move(content), now());
  if (!effects) return effects.error();
  own_names_[request.name] = {request.pid, monitor(request.pid)};
  perform(std::move(*effects));
  settle();
  return {};
}

Result<void> ClusterProcess::handle_call(const UnregisterName& request) {
  const auto own = own_names_.find(request.name);
  if (own == own_names_.end() || (request.holder && request.holder != own->second.pid)) {
    return Error(ErrorCode::not_found,
                 "no process of this node has the name " + in_quotes(request.name));
  }
  take_name_back(request.name);
  settle();
  return {};
}

void ClusterProcess::take_name_back(const std::string& name) {
  const auto it = own_names_.find(name);
  if (it == own_names_.end()) return;
  demonitor(it->second.watch);
  own_names_.erase(it);
  perform(dissemination_.erase({GlobalRegistry::scope, name}, now()));
}

void ClusterProcess::handle_info(const Down& down) {
  std::vector<std::string> gone;
  for (const auto& [name, own] : own_names_) {
    if (own.pid == down.pid) gone.push_back(name);
  }
  for (const std::string& name : gone) take_name_back(name);
  settle();
}

/// Ends the loser of a name conflict with the winner in its exit reason.
void ClusterProcess::on_name_event(const registry::NameEvent& event) {
  if (event.kind != registry::NameEvent::Kind::conflict) return;
  parts_.log->warning("names", "a name is held by another node too; the process here ends",
                      {{"name", event.name.key},
                       {"winner", to_string(event.winner.pid)},
                       {"node", event.winner.owner.name}});
  exit(event.loser.pid, Value::array({"name_conflict", event.name.key, Value(event.winner.pid)}));
  take_name_back(event.name.key);
}

}  // namespace kith::node
