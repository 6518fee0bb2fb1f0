// SPDX-License-Identifier: Apache-2.0
#include "cluster/membership.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include "core/printable.hpp"

namespace kith::cluster {

namespace {

std::string name_taken(const std::string& name, const transport::Address& address) {
  return "the name " + in_quotes(name) + " is taken by a running node at " + printable(address);
}

}  // namespace

Membership::Membership(const MembershipOptions& options, const Member& self, std::uint64_t seed)
    : options_(options),
      random_(seed),
      table_(options, self),
      dialler_(options.dial_first, options.dial_longest),
      quiet_line_(options.probe_interval, options.isolation_max, TimePoint{}) {}

MembershipEffects Membership::start(const std::vector<transport::Address>& seeds, TimePoint now) {
  Effects effects;
  started_ = true;
  quiet_line_ = QuietLine(options_.probe_interval, options_.isolation_max, now);
  const auto fraction =
      [&](Duration whole) {  // random phases, so that nodes started together do not act in step
        return Duration(static_cast<Duration::rep>(
            random_.below(static_cast<std::uint64_t>(whole.count()) + 1)));
      };
  next_probe_ = now + fraction(options_.probe_interval);
  next_gossip_ = now + fraction(options_.gossip_interval);
  next_push_pull_ = now + options_.push_pull_interval + fraction(options_.push_pull_interval);
  for (const auto& seed : seeds) {
    if (seed != self().address) seeds_.try_emplace(seed);
  }
  joined_ = seeds_.empty();
  finish(now);
  dial(now, effects);
  record_next_step(now);
  return effects;
}

MembershipEffects Membership::join(const transport::Address& address, TimePoint now) {
  Effects effects;
  if (silent_ || address == self().address) return effects;
  seeds_.try_emplace(address);
  finish(now);
  dial(now, effects);
  record_next_step(now);
  return effects;
}

void Membership::forget(const transport::Address& address, TimePoint now) {
  seeds_.erase(address);
  finish(now);
  record_next_step(now);
}

MembershipEffects Membership::leave(TimePoint now) {
  Effects effects;
  if (silent_) return effects;
  table_.say_goodbye(now);
  for (const auto& name : active_others()) {
    effects.sends.push_back({table_.find(name)->address, Leave{self().incarnation}});
  }
  silent_ = true;
  return effects;
}

/// Checks for a stall first, so that deadlines are extended before the message is judged by them.
/// Messages of a replaced boot do not count as heard.
MembershipEffects Membership::receive(const transport::Peer& from, const MembershipMessage& message,
                                      TimePoint now) {
  Effects effects;
  if (silent_) return effects;
  compensate_stall(now, effects);
  if (table_.is_replaced(from.id)) {
    refuse_stale(from, effects);
    return effects;
  }
  if (from.id != self().id) quiet_line_.heard(now);
  std::visit([&](const auto& content) { on(from, content, now, effects); }, message);
  finish(now);
  record_next_step(now);
  return effects;
}

// --- answering ---------------------------------------------------------------

void Membership::on(const transport::Peer& from, const Ping& message, TimePoint now,
                    Effects& effects) {
  if (NodeId{message.target_name, message.target_boot} != self().id) return;  // M-025
  on(from, Gossip{message.gossip}, now, effects);
  effects.sends.push_back({from.address, Ack{message.sequence, take_news(from.id.name)}});
  // Gossip may miss a node: asks a sender that knows this one, but is not a member here, to join.
  if (!is_known(from.id)) effects.sends.push_back({from.address, join_request(from.address)});
}

/// Sends the nack at 80 % of the probe timeout, so that it arrives before the asker's probe fails;
/// an acknowledgement that comes later is still passed on until `over_at`.
void Membership::on(const transport::Peer& from, const PingRequest& message, TimePoint now,
                    Effects& effects) {
  if (!is_known(from.id)) return;
  on(from, Gossip{message.gossip}, now, effects);
  const std::uint64_t sequence = ++sequence_;
  relays_.emplace(sequence, Relay{.asker = from.address,
                                  .asker_sequence = message.sequence,
                                  .nack_at = now + options_.probe_timeout * 4 / 5,
                                  .over_at = now + 2 * options_.probe_timeout});
  effects.sends.push_back(
      {message.target_address,
       Ping{sequence, message.target_name, message.target_boot, take_news(message.target_name)}});
}

void Membership::on(const transport::Peer& from, const Ack& message, TimePoint now,
                    Effects& effects) {
  if (const auto it = probes_.find(message.sequence); it != probes_.end()) {
    probes_.erase(it);
    awareness_.apply(-1);
  } else if (const auto relay = relays_.find(message.sequence); relay != relays_.end()) {
    effects.sends.push_back({relay->second.asker, Ack{relay->second.asker_sequence, {}}});
    relays_.erase(relay);
  } else if (const auto check = name_checks_.find(message.sequence); check != name_checks_.end()) {
    refuse(check->second.joiner, check->second.dialled, Refusal::name_taken,
           name_taken(from.id.name, from.address), effects);
    name_checks_.erase(check);
  }
  on(from, Gossip{message.gossip}, now, effects);
}

void Membership::on(const transport::Peer& /*from*/, const Nack& message, TimePoint now,
                    Effects& effects) {
  const auto it = probes_.find(message.sequence);
  if (it == probes_.end()) return;
  if (++it->second.nacks < it->second.nacks_expected) return;
  const Probe probe = it->second;  // all helpers answered, and the target answered none of them
  probes_.erase(it);
  fail(probe, now, effects);
}

void Membership::on(const transport::Peer& from, const Gossip& message, TimePoint now,
                    Effects& effects) {
  if (!is_known(from.id)) return;
  MemberChanges changes;
  for (const MemberState& news : message.gossip) table_.apply(news, now, changes);
  apply_changes(std::move(changes), effects);
}

void Membership::on(const transport::Peer& from, const PushPull& message, TimePoint now,
                    Effects& effects) {
  if (!is_known(from.id)) return;
  MemberChanges changes;
  table_.merge(message.members, from.id.name, now, changes);
  apply_changes(std::move(changes), effects);
  if (message.wants_answer) {
    effects.sends.push_back({from.address, PushPull{table_.states(), false}});
  } else {
    tell_lost(from, effects);
  }
}

void Membership::on(const transport::Peer& from, const Leave& message, TimePoint now,
                    Effects& effects) {
  if (!is_known(from.id)) return;
  MemberState state = to_state(*table_.find(from.id.name));
  state.status = MemberStatus::left;
  state.by = state.name;
  state.incarnation = std::max(state.incarnation, message.incarnation);
  MemberChanges changes;
  table_.apply(state, now, changes);
  apply_changes(std::move(changes), effects);
}

// --- joining -----------------------------------------------------------------

/// Answers to `message.self.address`, not to the sender's connection. Checks in the order: own
/// address, cluster, version, own name, a member of that name; only then changes the list.
void Membership::on(const transport::Peer& from, const JoinRequest& message, TimePoint now,
                    Effects& effects) {
  if (from.id == self().id) {  // a seed address is our own
    seeds_[message.dialled] = self().id.name;
    return;
  }
  if (NodeId{message.self.name, message.self.boot} != from.id) return;
  const auto refuse_it = [&](Refusal refusal, std::string reason) {
    refuse(message.self.address, message.dialled, refusal, std::move(reason), effects);
  };
  if (message.cluster != options_.cluster) {
    return refuse_it(
        Refusal::other_cluster,
        "the node at " + self().address + " belongs to the cluster " + in_quotes(options_.cluster));
  }
  if (message.version != protocol_version) {
    return refuse_it(Refusal::other_version, "the node at " + self().address + " speaks version " +
                                                 std::to_string(protocol_version) +
                                                 " of the protocol");
  }
  if (from.id.name == self().id.name) {
    // Two nodes of one name that start at once dial each other. If both refused, neither would
    // remain; so the one with the earlier start stays.
    const bool is_elder = is_newer_boot(message.self, self());
    if (!joined_ && !is_elder) return give_way(from, now, effects);
    return refuse_it(Refusal::name_taken, name_taken(from.id.name, self().address));
  }
  const Member* known = table_.find(from.id.name);
  if (known != nullptr && known->id.boot != from.id.boot) {
    if (known->is_active() && known->address != message.self.address) {
      return check_name(message, *known, now, effects);
    }
    if (!is_newer_boot(message.self, *known)) {
      effects.sends.push_back(
          {message.self.address, JoinAnswer{.refusal = Refusal::stale_start,
                                            .reason = "an earlier boot had a later start",
                                            .dialled = message.dialled,
                                            .started = known->started,
                                            .members = {}}});
      return;
    }
  }
  MemberChanges changes;
  table_.apply(message.self, now, changes);
  table_.merge(message.members, from.id.name, now, changes);
  apply_changes(std::move(changes), effects);
  joined_ = true;
  effects.sends.push_back({message.self.address, JoinAnswer{.refusal = Refusal::none,
                                                            .reason = {},
                                                            .dialled = message.dialled,
                                                            .started = 0,
                                                            .members = table_.states()}});
}

/// Pings the member that has the name: if it answers, the joiner is refused; if it does not, the
/// joiner is told to try again, until the member was given up.
void Membership::check_name(const JoinRequest& message, const Member& owner, TimePoint now,
                            Effects& effects) {
  const std::uint64_t sequence = ++sequence_;
  name_checks_.emplace(sequence, NameCheck{.joiner = message.self.address,
                                           .dialled = message.dialled,
                                           .over_at = now + 2 * options_.probe_timeout});
  effects.sends.push_back(
      {owner.address, Ping{sequence, owner.id.name, owner.id.boot, take_news(owner.id.name)}});
}

void Membership::on(const transport::Peer& from, const JoinAnswer& message, TimePoint now,
                    Effects& effects) {
  if (message.refusal != Refusal::none) return on_refusal(from, message, now, effects);
  if (const auto seed = seeds_.find(message.dialled); seed != seeds_.end()) {
    seed->second = from.id.name;
  }
  joined_ = true;
  MemberChanges changes;
  table_.merge(message.members, from.id.name, now, changes);
  apply_changes(std::move(changes), effects);
  tell_lost(from, effects);
}

void Membership::on_refusal(const transport::Peer& from, const JoinAnswer& message, TimePoint now,
                            Effects& effects) {
  if (message.refusal == Refusal::try_again) return dialler_.hurry(message.dialled, now);
  if (message.refusal == Refusal::stale_start) {
    MemberChanges changes;
    table_.raise_start(message.started, now, changes);
    apply_changes(std::move(changes), effects);
    return dialler_.hurry(message.dialled, now);
  }
  Member refuser;
  refuser.id = from.id;
  refuser.address = from.address;
  refuser.since = now;
  silent_ = message.refusal == Refusal::replaced;
  tell_refusal({MemberEvent::Kind::join_refused, refuser, message.reason, message.dialled}, now,
               effects);
}

/// Ends the attempt to join: this node has not joined, and a node of its name started earlier.
void Membership::give_way(const transport::Peer& elder, TimePoint now, Effects& effects) {
  Member member;
  member.id = elder.id;
  member.address = elder.address;
  member.since = now;
  tell_refusal({MemberEvent::Kind::join_refused, member, name_taken(elder.id.name, elder.address),
                elder.address},
               now, effects);
}

/// Reports a refusal, but before this node has joined only after one probe interval: the acceptance
/// of another seed may be on its way. A node that ended now would be a member there, and as the
/// newer boot replace the node that it gave way to: both would be gone.
void Membership::tell_refusal(MemberEvent event, TimePoint now, Effects& effects) {
  if (joined_ || silent_) {
    effects.events.push_back(std::move(event));
  } else if (!refusal_) {
    refusal_ = {std::move(event), now + options_.probe_interval};
  }
}

void Membership::work_off_refusal(TimePoint now, Effects& effects) {
  if (!refusal_ || (!joined_ && refusal_->over_at > now)) return;
  if (!joined_) effects.events.push_back(std::move(refusal_->event));
  refusal_.reset();
}

void Membership::refuse(const transport::Address& to, const transport::Address& dialled,
                        Refusal refusal, std::string reason, Effects& effects) {
  effects.sends.push_back({to, JoinAnswer{.refusal = refusal,
                                          .reason = std::move(reason),
                                          .dialled = dialled,
                                          .started = 0,
                                          .members = {}}});
}

void Membership::refuse_stale(const transport::Peer& from, Effects& effects) {
  const Member* successor = table_.find(from.id.name);
  if (successor == nullptr || successor->address == from.address)
    return;  // the message would reach the new boot
  refuse(from.address, {}, Refusal::replaced,
         "a newer boot of " + in_quotes(from.id.name) + " at " + printable(successor->address) +
             " has taken its place",
         effects);
}

/// Notifies a member that is not up here, so that it can refute.
void Membership::tell_lost(const transport::Peer& from, Effects& effects) {
  const Member* sender = table_.find(from.id.name);
  if (sender == nullptr || sender->id != from.id || sender->status == MemberStatus::up) return;
  effects.sends.push_back({from.address, Gossip{{table_.state_of(*sender)}}});
}

void Membership::dial(TimePoint now, Effects& effects) {
  for (const auto& address : dialler_.due(now, random_)) {
    effects.sends.push_back({address, join_request(address)});
  }
}

JoinRequest Membership::join_request(const transport::Address& address) const {
  return {.cluster = options_.cluster,
          .version = protocol_version,
          .dialled = address,
          .self = to_state(self()),
          .members = table_.states()};
}

bool Membership::is_satisfied(const transport::Address& seed) const {
  const auto it = seeds_.find(seed);
  if (it != seeds_.end() && !it->second.empty()) {
    const Member* there = table_.find(it->second);
    if (there != nullptr && there->is_active()) return true;
  }
  for (const auto& [name, member] : members()) {
    if (member.address == seed && member.is_active()) return true;
  }
  return false;
}

// --- after each step ---------------------------------------------------------

bool Membership::is_known(const NodeId& id) const {
  const Member* member = table_.find(id.name);
  return member != nullptr && member->id == id && id != self().id;
}

void Membership::apply_changes(MemberChanges changes, Effects& effects) {
  awareness_.apply(changes.health);
  effects.members_changed = effects.members_changed || !changes.news.empty();
  for (MemberState& news : changes.news) {
    // 130: estimated encoded size of the field names and numbers.
    const std::size_t size = 130 + news.name.size() + news.address.size() + news.by.size();
    queue_.push(std::move(news), size);
  }
  for (MemberEvent& event : changes.events) {
    const std::string& name = event.member.id.name;
    if (event.kind == MemberEvent::Kind::up && name != self().id.name) {
      probe_list_.add(name, random_);
    } else if (!event.member.is_active()) {
      probe_list_.remove(name);
    }
    silent_ = silent_ || event.kind == MemberEvent::Kind::join_refused;
    effects.events.push_back(std::move(event));
  }
}

/// Recomputes the missing seeds and the addresses to dial from seeds and members.
void Membership::finish(TimePoint now) {
  missing_seeds_.clear();
  for (const auto& [address, name] : seeds_) {
    if (!is_satisfied(address)) missing_seeds_.insert(address);
  }
  std::set<transport::Address> targets = missing_seeds_;
  for (const auto& [name, member] : members()) {
    const bool is_lost =
        member.status == MemberStatus::unreachable || member.status == MemberStatus::removed;
    if (is_lost && !is_satisfied(member.address)) targets.insert(member.address);
  }
  dialler_.set_targets(targets, now);
}

}  // namespace kith::cluster
