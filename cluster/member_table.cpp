// SPDX-License-Identifier: Apache-2.0
#include "cluster/member_table.hpp"

#include <algorithm>
#include <utility>

#include "core/printable.hpp"

namespace kith::cluster {
namespace {

void set_status(Member& member, MemberStatus status, TimePoint now) {
  if (member.status == status) return;
  member.status = status;
  member.since = now;
}

void tell(MemberChanges& changes, MemberEvent::Kind kind, const Member& member,
          std::string reason = {}) {
  changes.events.push_back({kind, member, std::move(reason)});
}

}  // namespace

MemberTable::MemberTable(const MembershipOptions& options, Member self)
    : options_(options), self_name_(self.id.name) {
  members_.emplace(self_name_, std::move(self));
}

void MemberTable::apply(const MemberState& news, TimePoint now, MemberChanges& changes) {
  if (news.name == self_name_) return apply_to_self(news, now, changes);
  const auto it = members_.find(news.name);
  if (it == members_.end()) {
    if (news.status != MemberStatus::up) return;  // an unknown member cannot fail
    const Member& member = members_.emplace(news.name, to_member(news, now)).first->second;
    tell(changes, MemberEvent::Kind::up, member);
    changes.news.push_back(news);
    return;
  }
  Member& member = it->second;
  if (news.boot != member.id.boot) {
    if (is_newer_boot(news, member)) replace(member, news, now, changes);
    return;
  }
  if (news.incarnation < member.incarnation) return;
  switch (news.status) {
    case MemberStatus::up:
      return apply_alive(member, news, now, changes);
    case MemberStatus::suspect:
      return apply_suspect(member, news, now, changes);
    case MemberStatus::unreachable:
    case MemberStatus::removed:
      return apply_dead(member, news, now, changes);
    case MemberStatus::left:
      return apply_left(member, news, now, changes);
  }
}

/// Replaces a member by a newer boot of its name. Reports the end of the old boot first, so that
/// its connections and names are dropped before the new one appears. A newer boot that is suspect
/// counts as up, an unreachable one as removed.
void MemberTable::replace(Member& member, const MemberState& news, TimePoint now,
                          MemberChanges& changes) {
  suspicions_.erase(news.name);
  replaced_[news.name] = member.id.boot;
  if (member.is_active() || member.status == MemberStatus::unreachable) {
    set_status(member, MemberStatus::removed, now);
    tell(changes, MemberEvent::Kind::down, member);
  }
  MemberState accepted = news;
  if (accepted.status == MemberStatus::suspect) accepted.status = MemberStatus::up;
  if (accepted.status == MemberStatus::unreachable) accepted.status = MemberStatus::removed;
  member = to_member(accepted, now);
  if (member.is_active()) tell(changes, MemberEvent::Kind::up, member);
  changes.news.push_back(accepted);
}

/// Only a higher incarnation, which the member itself has raised, ends a suspicion.
void MemberTable::apply_alive(Member& member, const MemberState& news, TimePoint now,
                              MemberChanges& changes) {
  if (news.incarnation == member.incarnation) return;  // M-013, M-017
  const bool was_up = member.status == MemberStatus::up;
  const bool differs = member.address != news.address || member.weight != news.weight ||
                       member.started != news.started;
  suspicions_.erase(news.name);
  set_status(member, MemberStatus::up, now);
  member.address = news.address;
  member.weight = news.weight;
  member.started = std::max(member.started, news.started);
  member.incarnation = news.incarnation;
  if (!was_up) {
    tell(changes, MemberEvent::Kind::up, member);
  } else if (differs) {
    tell(changes, MemberEvent::Kind::updated, member);
  }
  changes.news.push_back(news);
}

void MemberTable::apply_suspect(Member& member, const MemberState& news, TimePoint now,
                                MemberChanges& changes) {
  if (!member.is_active()) return;
  member.incarnation = news.incarnation;
  if (const auto it = suspicions_.find(news.name); it != suspicions_.end()) {
    if (it->second.confirm(news.by)) changes.news.push_back(news);
    return;
  }
  suspicions_.emplace(news.name, Suspicion(news.by,
                                           suspicion_bounds(active_count(), options_.probe_interval,
                                                            options_.suspicion_multiplier,
                                                            options_.suspicion_max_multiplier),
                                           now));
  set_status(member, MemberStatus::suspect, now);
  tell(changes, MemberEvent::Kind::suspect, member);
  changes.news.push_back(news);
}

void MemberTable::apply_dead(Member& member, const MemberState& news, TimePoint now,
                             MemberChanges& changes) {
  if (!member.is_active()) return;
  member.incarnation = news.incarnation;
  suspicions_.erase(news.name);
  set_status(member, MemberStatus::unreachable, now);
  tell(changes, MemberEvent::Kind::unreachable, member);
  MemberState gossip = news;
  gossip.status = MemberStatus::unreachable;
  changes.news.push_back(std::move(gossip));
}

void MemberTable::apply_left(Member& member, const MemberState& news, TimePoint now,
                             MemberChanges& changes) {
  if (member.status == MemberStatus::left) return;
  const bool was_removed = member.status == MemberStatus::removed;
  member.incarnation = news.incarnation;
  suspicions_.erase(news.name);
  set_status(member, MemberStatus::left, now);
  if (!was_removed) tell(changes, MemberEvent::Kind::left, member);
  changes.news.push_back(news);
}

void MemberTable::apply_to_self(const MemberState& news, TimePoint now, MemberChanges& changes) {
  const Member& self = members_.at(self_name_);
  if (leaving_) return;
  if (news.boot != self.id.boot) {
    if (news.status == MemberStatus::up && is_newer_boot(news, self)) {
      tell(changes, MemberEvent::Kind::join_refused, to_member(news, now),
           "a newer boot of " + in_quotes(news.name) + " at " + printable(news.address) +
               " has taken its place");
    }
    return;
  }
  if (news.incarnation < self.incarnation) {
    // Refuted already, but the refutation has not reached all members: gossip it again.
    if (news.status != MemberStatus::up) changes.news.push_back(to_state(self));
    return;
  }
  const bool is_true = news.status == MemberStatus::up && news.address == self.address &&
                       news.weight == self.weight && news.incarnation == self.incarnation;
  if (!is_true) refute(news.incarnation, now, changes);
}

void MemberTable::refute(std::uint64_t incarnation, TimePoint /*now*/, MemberChanges& changes) {
  Member& self = members_.at(self_name_);
  self.incarnation = std::max(self.incarnation, incarnation) + 1;
  changes.news.push_back(to_state(self));
  ++changes.health;
}

void MemberTable::merge(const std::vector<MemberState>& list, const std::string& sender,
                        TimePoint now, MemberChanges& changes) {
  for (MemberState state : list) {
    if (state.status == MemberStatus::unreachable || state.status == MemberStatus::removed) {
      state.status = MemberStatus::suspect;
    }
    if (state.status == MemberStatus::suspect) state.by = sender;
    apply(state, now, changes);
  }
}

void MemberTable::accuse(const std::string& name, TimePoint now, MemberChanges& changes) {
  const Member* member = find(name);
  if (member == nullptr || !member->is_active() || name == self_name_) return;
  MemberState state = to_state(*member);
  state.status = MemberStatus::suspect;
  state.by = self_name_;
  apply(state, now, changes);
}

void MemberTable::expire(TimePoint now, bool may_expire_suspicions, MemberChanges& changes) {
  std::vector<std::string> over;
  for (const auto& [name, suspicion] : suspicions_) {
    if (may_expire_suspicions && suspicion.deadline() <= now) over.push_back(name);
  }
  for (const std::string& name : over) {
    MemberState state = to_state(members_.at(name));
    state.status = MemberStatus::unreachable;
    state.by = self_name_;
    apply(state, now, changes);
  }
  if (!is_majority()) return;
  for (auto& [name, member] : members_) {
    if (member.status != MemberStatus::unreachable) continue;
    if (member.since + options_.removal_delay > now) continue;
    set_status(member, MemberStatus::removed, now);
    tell(changes, MemberEvent::Kind::down, member);
  }
  forget_oldest();
}

/// Drops the oldest removed and left members beyond `gone_members_max`, to bound memory.
void MemberTable::forget_oldest() {
  const auto is_gone = [](const Member& m) {
    return m.status == MemberStatus::removed || m.status == MemberStatus::left;
  };
  for (;;) {
    std::size_t gone = 0;
    auto oldest = members_.end();
    for (auto it = members_.begin(); it != members_.end(); ++it) {
      if (!is_gone(it->second)) continue;
      ++gone;
      if (oldest == members_.end() || it->second.since < oldest->second.since) oldest = it;
    }
    if (gone <= options_.gone_members_max) return;
    replaced_.erase(oldest->first);
    members_.erase(oldest);
  }
}

/// Compares active with unreachable members; removed ones do not count any more.
bool MemberTable::is_majority() const {
  std::size_t active = 0;
  std::size_t lost = 0;
  for (const auto& [name, member] : members_) {
    if (member.is_active()) ++active;
    if (member.status == MemberStatus::unreachable) ++lost;
  }
  return active > lost;
}

void MemberTable::extend_suspicions(Duration by) {
  for (auto& [name, suspicion] : suspicions_) suspicion.extend(by);
}

void MemberTable::raise_start(std::int64_t started, TimePoint now, MemberChanges& changes) {
  Member& self = members_.at(self_name_);
  if (self.started > started) return;
  self.started = started + 1;
  tell(changes, MemberEvent::Kind::updated, self);
  refute(self.incarnation, now, changes);
}

MemberState MemberTable::say_goodbye(TimePoint now) {
  leaving_ = true;
  Member& self = members_.at(self_name_);
  set_status(self, MemberStatus::left, now);
  MemberState state = to_state(self);
  state.by = self_name_;
  return state;
}

const Member* MemberTable::find(const std::string& name) const {
  const auto it = members_.find(name);
  return it == members_.end() ? nullptr : &it->second;
}

bool MemberTable::is_replaced(const NodeId& id) const {
  const auto it = replaced_.find(id.name);
  return it != replaced_.end() && it->second == id.boot;
}

std::size_t MemberTable::active_count() const {
  return static_cast<std::size_t>(
      std::count_if(members_.begin(), members_.end(),
                    [](const auto& entry) { return entry.second.is_active(); }));
}

MemberState MemberTable::state_of(const Member& member) const {
  MemberState state = to_state(member);
  if (member.status == MemberStatus::left) {
    state.by = member.id.name;
  } else if (member.status != MemberStatus::up) {
    state.by = self_name_;
  }
  return state;
}

std::vector<MemberState> MemberTable::states() const {
  std::vector<MemberState> all;
  all.reserve(members_.size());
  for (const auto& [name, member] : members_) all.push_back(state_of(member));
  return all;
}

std::optional<TimePoint> MemberTable::suspicion_deadline() const {
  std::optional<TimePoint> earliest;
  for (const auto& [name, suspicion] : suspicions_) {
    const TimePoint deadline = suspicion.deadline();
    if (!earliest || deadline < *earliest) earliest = deadline;
  }
  return earliest;
}

std::optional<TimePoint> MemberTable::removal_deadline() const {
  if (!is_majority()) return std::nullopt;
  std::optional<TimePoint> earliest;
  for (const auto& [name, member] : members_) {
    if (member.status != MemberStatus::unreachable) continue;
    const TimePoint deadline = member.since + options_.removal_delay;
    if (!earliest || deadline < *earliest) earliest = deadline;
  }
  return earliest;
}

}  // namespace kith::cluster
