// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "cluster/membership.hpp"

namespace kith::cluster {

/// Handles deadlines in dependency order: a stall extends all of them first; failed probes accuse
/// before suspicions expire; the dial list follows the members; gossip is last, so that it carries
/// the news of this tick.
MembershipEffects Membership::tick(TimePoint now) {
  Effects effects;
  if (silent_ || !started_) return effects;
  compensate_stall(now, effects);
  work_off_probes(now, effects);
  work_off_relays(now, effects);
  work_off_name_checks(now, effects);
  work_off_refusal(now, effects);
  const bool may_expire = !is_quiet_rule_on() || now >= quiet_line_.may_expire_from(now);
  MemberChanges changes;
  table_.expire(now, may_expire, changes);
  apply_changes(std::move(changes), effects);
  finish(now);
  dial(now, effects);
  if (now >= next_probe_) probe_next(now, effects);
  if (now >= next_push_pull_) push_pull(now, effects);
  if (now >= next_gossip_ && !queue_.empty()) gossip(now, effects);
  record_next_step(now);
  return effects;
}

std::optional<TimePoint> Membership::next_deadline() const {
  if (silent_ || !started_) return std::nullopt;
  TimePoint earliest = std::min(next_probe_, next_push_pull_);
  const auto consider = [&](std::optional<TimePoint> deadline) {
    if (deadline) earliest = std::min(earliest, *deadline);
  };
  if (!queue_.empty()) consider(next_gossip_);
  consider(dialler_.next_deadline());
  consider(table_.removal_deadline());
  for (const auto& [sequence, probe] : probes_) {
    consider(probe.asked_others ? probe.failed_at : std::min(probe.ask_others_at, probe.failed_at));
  }
  for (const auto& [sequence, relay] : relays_) {
    consider(relay.nacked ? relay.over_at : relay.nack_at);
  }
  for (const auto& [sequence, check] : name_checks_) consider(check.over_at);
  if (refusal_) consider(refusal_->over_at);
  if (auto suspicion = table_.suspicion_deadline()) {
    // While the line is silent a passed deadline waits until the rule gives up.
    if (is_quiet_rule_on()) {
      *suspicion = std::max(*suspicion, quiet_line_.may_expire_from(*suspicion));
      // Again: the line may be silent by that later time.
      *suspicion = std::max(*suspicion, quiet_line_.may_expire_from(*suspicion));
    }
    consider(suspicion);
  }
  return earliest;
}

MembershipEffects Membership::probe_soon(const std::string& name, TimePoint now) {
  Effects effects;
  const Member* member = table_.find(name);
  if (silent_ || member == nullptr || !member->is_active() || name == self().id.name)
    return effects;
  for (const auto& [sequence, probe] : probes_) {
    if (probe.target == member->id) return effects;  // already asked
  }
  probe(*member, now, effects);
  record_next_step(now);
  return effects;
}

bool Membership::isolated(TimePoint now) const {
  return is_quiet_rule_on() && quiet_line_.is_silent(now);
}

/// Off with only one other member: silence does not tell which of the two is cut off.
bool Membership::is_quiet_rule_on() const {
  return options_.quiet_line && table_.active_count() > 2;
}

/// Extends all suspicions and open probes by the time for which this node has stalled: it did not
/// receive the answers of that time. Half a probe timeout is tolerated as ordinary lateness.
void Membership::compensate_stall(TimePoint now, Effects& effects) {
  const Duration gap = now - next_step_at_;
  if (gap <= options_.probe_timeout / 2) return;
  effects.stood_still = gap;
  table_.extend_suspicions(gap);
  for (auto& [sequence, probe] : probes_) {
    probe.ask_others_at += gap;
    probe.failed_at += gap;
  }
  for (auto& [sequence, check] : name_checks_) check.over_at += gap;
  if (refusal_) refusal_->over_at += gap;
  next_step_at_ = now;
}

/// Records when the next step is due, for `compensate_stall`. Must be the last call of each step.
void Membership::record_next_step(TimePoint now) {
  if (next_gossip_ < now) next_gossip_ = now;
  next_step_at_ = std::max(now, next_deadline().value_or(now));
}

// --- probing -----------------------------------------------------------------

void Membership::probe_next(TimePoint now, Effects& effects) {
  next_probe_ = now + awareness_.scale(options_.probe_interval);
  const auto name = probe_list_.next();
  if (!name) return;
  const Member* member = table_.find(*name);
  if (member != nullptr && member->is_active()) probe(*member, now, effects);
}

void Membership::probe(const Member& target, TimePoint now, Effects& effects) {
  const std::uint64_t sequence = ++sequence_;
  probes_.emplace(sequence, Probe{.target = target.id,
                                  .ask_others_at = now + awareness_.scale(options_.probe_timeout),
                                  .failed_at = now + awareness_.scale(options_.probe_interval)});
  effects.sends.push_back(
      {target.address, Ping{sequence, target.id.name, target.id.boot, take_news(target.id.name)}});
}

void Membership::ask_others(std::uint64_t sequence, Probe& probe, Effects& effects) {
  probe.asked_others = true;
  const Member* target = table_.find(probe.target.name);
  if (target == nullptr || target->id != probe.target) return;
  for (const auto& name :
       pick(active_others(probe.target.name), options_.indirect_probes, random_)) {
    const Member& helper = *table_.find(name);
    ++probe.nacks_expected;
    effects.sends.push_back(
        {helper.address, PingRequest{sequence, probe.target.name, probe.target.boot,
                                     target->address, take_news(name)}});
  }
}

/// Accuses the target, unless it was replaced or the line is quiet. Each missing nack worsens the
/// local health score: a helper that does not answer either suggests that this node's own line is
/// bad. Without helpers the failure itself counts.
void Membership::fail(const Probe& probe, TimePoint now, Effects& effects) {
  awareness_.apply(probe.nacks_expected > 0 ? probe.nacks_expected - probe.nacks : 1);
  const Member* target = table_.find(probe.target.name);
  if (target == nullptr || target->id != probe.target) return;  // a newer boot took its place
  if (is_quiet_rule_on() && !quiet_line_.may_accuse(now)) return;
  MemberChanges changes;
  table_.accuse(probe.target.name, now, changes);
  apply_changes(std::move(changes), effects);
}

void Membership::work_off_probes(TimePoint now, Effects& effects) {
  for (auto it = probes_.begin(); it != probes_.end();) {
    Probe& probe = it->second;
    if (probe.failed_at <= now) {
      const Probe failed = probe;
      it = probes_.erase(it);
      fail(failed, now, effects);
      continue;
    }
    if (!probe.asked_others && probe.ask_others_at <= now) ask_others(it->first, probe, effects);
    ++it;
  }
}

void Membership::work_off_relays(TimePoint now, Effects& effects) {
  for (auto it = relays_.begin(); it != relays_.end();) {
    Relay& relay = it->second;
    if (!relay.nacked && relay.nack_at <= now) {
      relay.nacked = true;
      effects.sends.push_back({relay.asker, Nack{relay.asker_sequence}});
    }
    it = relay.over_at <= now ? relays_.erase(it) : std::next(it);
  }
}

void Membership::work_off_name_checks(TimePoint now, Effects& effects) {
  for (auto it = name_checks_.begin(); it != name_checks_.end();) {
    if (it->second.over_at > now) {
      ++it;
      continue;
    }
    refuse(it->second.joiner, it->second.dialled, Refusal::try_again,
           "an earlier boot of this name is being given up", effects);
    it = name_checks_.erase(it);
  }
}

// --- spreading ---------------------------------------------------------------

/// Returns news for a message to this member; begins with its own status if it is not up, so that
/// it can refute at once (M-023).
std::vector<MemberState> Membership::take_news(const std::string& receiver) {
  std::vector<MemberState> news = queue_.take(
      {.overhead_bytes = 4,
       .limit_bytes = options_.gossip_size_bytes_max,
       .transmissions = retransmit_limit(options_.retransmit_multiplier, table_.active_count())});
  const Member* member = table_.find(receiver);
  if (member != nullptr && member->status != MemberStatus::up && receiver != self().id.name) {
    news.insert(news.begin(), table_.state_of(*member));
  }
  return news;
}

void Membership::gossip(TimePoint now, Effects& effects) {
  next_gossip_ = now + options_.gossip_interval;
  for (const auto& name : pick(gossip_receivers(now), options_.gossip_fanout, random_)) {
    auto news = take_news(name);
    if (news.empty()) return;
    effects.sends.push_back({table_.find(name)->address, Gossip{std::move(news)}});
  }
}

void Membership::push_pull(TimePoint now, Effects& effects) {
  const auto scale = static_cast<Duration::rep>(push_pull_scale(table_.active_count()));
  next_push_pull_ = now + options_.push_pull_interval * scale;
  for (const auto& name : pick(active_others(), 1, random_)) {
    effects.sends.push_back({table_.find(name)->address, PushPull{table_.states(), true}});
  }
}

std::vector<std::string> Membership::active_others(const std::string& except) const {
  std::vector<std::string> names;
  for (const auto& [name, member] : members()) {
    if (member.is_active() && name != self().id.name && name != except) names.push_back(name);
  }
  return names;
}

std::vector<std::string> Membership::gossip_receivers(TimePoint now) const {
  std::vector<std::string> names = active_others();
  for (const auto& [name, member] : members()) {
    const bool is_lost =
        member.status == MemberStatus::unreachable || member.status == MemberStatus::removed;
    if (is_lost && now - member.since < options_.gossip_to_dead) names.push_back(name);
  }
  return names;
}

}  // namespace kith::cluster
