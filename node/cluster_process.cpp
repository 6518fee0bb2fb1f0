#include "node/cluster_process.hpp"

#include <algorithm>
#include <chrono>

#include "core/limits.hpp"

namespace kith::node {

using cluster::MemberEvent;

namespace {

constexpr std::chrono::seconds join_patience{8};

}  // namespace

ClusterProcess::ClusterProcess(ClusterParts parts)
    : parts_(std::move(parts)),
      membership_(parts_.membership, parts_.self, parts_.seed),
      dissemination_({}, parts_.self, parts_.seed + 1) {}

void ClusterProcess::init() {
  perform(membership_.start(parts_.seeds, now()));
  publish_view();
  arm();
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
  arm();
}

void ClusterProcess::handle_cast(const PeerLost& lost) {
  parts_.log->debug("cluster", "the connection to a peer is lost", {{"peer", lost.peer.name}});
  perform(membership_.probe_soon(lost.peer.name, now()));
  arm();
}

void ClusterProcess::handle_cast(const Tick&) {
  timer_.reset();
  perform(membership_.tick(now()));
  perform(dissemination_.tick(now()));
  std::erase_if(joins_, [this](const PendingJoin& join) {
    if (join.deadline > now()) return false;
    join.from.fail(Error(ErrorCode::timeout, "no node at " + join.address +
                                                 " let this one in; is it running, with the same "
                                                 "--cluster, and can it reach this node?"));
    return true;
  });
  arm();
}

void ClusterProcess::handle_call(const JoinCluster& request, From<void> from) {
  joins_.push_back({request.address, now() + join_patience, from});
  perform(membership_.join(request.address, now()));
  answer_joins();
  arm();
}

void ClusterProcess::handle_call(const LeaveCluster&) {
  perform(membership_.leave(now()));
  publish_view();
}

// --- effects ------------------------------------------------------------------

void ClusterProcess::perform(cluster::MembershipEffects effects) {
  for (const auto& send : effects.sends) {
    const auto sent = parts_.transport.send(send.to, channel_of(send.message),
                                            cluster::encode(send.message, parts_.format));
    if (!sent) parts_.log->debug("cluster", sent.error().text(), {{"to", send.to}});
  }
  for (const MemberEvent& event : effects.events) on_member_event(event);
  if (!effects.events.empty() || parts_.view.joined() != membership_.joined()) publish_view();
  if (!effects.events.empty()) answer_joins();
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
  if (event.kind == MemberEvent::Kind::join_refused) {
    parts_.log->warning("cluster", "this node may not join",
                        {{"address", event.member.address}, {"reason", event.reason}});
    return refuse_joins(event);
  }
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
  parts_.view.update(std::move(members), membership_.joined());
}

void ClusterProcess::answer_joins() {
  std::erase_if(joins_, [this](const PendingJoin& join) {
    const bool there = std::ranges::any_of(membership_.members(), [&](const auto& entry) {
      return entry.second.address == join.address && entry.second.is_active();
    });
    if (there) join.from.reply();
    return there;
  });
}

void ClusterProcess::refuse_joins(const MemberEvent& event) {
  const Error why(ErrorCode::conflict, event.reason);
  for (const PendingJoin& join : joins_) join.from.fail(why);
  joins_.clear();
  const bool is_final = !membership_.joined() || membership_.is_silent();
  if (!is_final || !parts_.on_refused) return;
  std::exchange(parts_.on_refused, nullptr)(why);
}

void ClusterProcess::arm() {
  std::optional<TimePoint> due = membership_.next_deadline();
  if (const auto other = dissemination_.next_deadline(); other && (!due || *other < *due)) {
    due = other;
  }
  for (const PendingJoin& join : joins_) due = due ? std::min(*due, join.deadline) : join.deadline;
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
    return Error(ErrorCode::already_exists, "the name '" + request.name + "' is taken by " +
                                                to_string(holder->pid) + " on node " +
                                                holder->owner.name);
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
  arm();
  return {};
}

Result<void> ClusterProcess::handle_call(const UnregisterName& request) {
  if (!own_names_.contains(request.name)) {
    return Error(ErrorCode::not_found,
                 "no process of this node has the name '" + request.name + "'");
  }
  take_name_back(request.name);
  arm();
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
  arm();
}

/// The loser of a conflict is told the winner, and ends.
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
