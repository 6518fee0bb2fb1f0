// SPDX-License-Identifier: Apache-2.0
#include "cluster/dissemination.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include "cluster/probe_list.hpp"
#include "core/limits.hpp"
#include "core/printable.hpp"

namespace kith::cluster {

Dissemination::Dissemination(const DisseminationOptions& options, const Member& self,
                             std::uint64_t seed)
    : options_(options), random_(seed), self_(self.id) {
  logs_[self_.name].version = {.started = self.started, .boot = self_.boot, .sequence = 0};
}

// --- this node's own log -----------------------------------------------------

Result<DisseminationEffects> Dissemination::put(const LogKey& key, LogContent content,
                                                TimePoint now) {
  OwnerLog& own = logs_.at(self_.name);
  if (key.scope.size() > limits::name_size_bytes_max ||
      key.key.size() > limits::key_size_bytes_max ||
      wire_size_estimate(key, content) > options_.message_size_bytes_max) {
    return {ErrorCode::invalid_argument,
            "the entry " + in_quotes(key.scope) + " is too large to publish"};
  }
  if (own.entries.size() >= options_.entries_max && !own.entries.contains(key)) {
    return {ErrorCode::overloaded, "this node has published as many entries as it may"};
  }
  Effects effects;
  const LogEntry entry{std::move(content), ++own.version.sequence};
  own.put(key, entry);
  if (const auto old = unpushed_of_.find(key); old != unpushed_of_.end())
    unpushed_.erase(old->second);
  unpushed_of_[key] = entry.sequence;
  unpushed_[entry.sequence] = Change{key, entry};
  effects.events.push_back({LogEvent::Kind::added, self_, key, entry});
  if (!push_at_) push_at_ = now + options_.push_delay;
  return effects;
}

DisseminationEffects Dissemination::erase(const LogKey& key, TimePoint now) {
  Effects effects;
  OwnerLog& own = logs_.at(self_.name);
  auto old = own.erase(key);
  if (!old) return effects;
  const std::uint64_t sequence = ++own.version.sequence;
  if (const auto it = unpushed_of_.find(key); it != unpushed_of_.end()) unpushed_.erase(it->second);
  unpushed_of_[key] = sequence;
  unpushed_[sequence] = Change{key, std::nullopt};
  effects.events.push_back({LogEvent::Kind::removed, self_, key, std::move(*old)});
  if (!push_at_) push_at_ = now + options_.push_delay;
  return effects;
}

/// Sends the changes since the last push to all reachable members, split by message size. The
/// deltas form a chain: each `base` is the version reached by the one before, so that a receiver
/// detects a lost one and asks for a snapshot by its digest.
void Dissemination::push(Effects& effects) {
  const LogVersion version = logs_.at(self_.name).version;
  std::vector<LogDelta> deltas(1);
  deltas.back().base = pushed_;
  std::size_t size = 0;
  for (auto& [sequence, change] : unpushed_) {
    const LogContent nothing;
    const std::size_t more =
        wire_size_estimate(change.key, change.entry ? change.entry->content : nothing);
    if (size + more > options_.message_size_bytes_max && size > 0) {
      const std::uint64_t reached = deltas.back().changes.back().sequence;
      deltas.back().version = {version.started, version.boot, reached};
      deltas.emplace_back().base = reached;
      size = 0;
    }
    size += more;
    LogChange out{change.key, sequence, std::nullopt};
    if (change.entry) out.content = std::move(change.entry->content);
    deltas.back().changes.push_back(std::move(out));
  }
  deltas.back().version = version;
  for (const auto& [name, peer] : peers_) {
    if (!peer.reachable) continue;
    for (const LogDelta& delta : deltas) effects.sends.push_back({peer.address, delta});
  }
  pushed_ = version.sequence;
  unpushed_.clear();
  unpushed_of_.clear();
}

// --- members -----------------------------------------------------------------

DisseminationEffects Dissemination::apply(const MemberEvent& event, TimePoint now) {
  Effects effects;
  const Member& member = event.member;
  if (member.id.name == self_.name) {
    if (member.id == self_ && event.kind == MemberEvent::Kind::updated) {
      logs_.at(self_.name).version.started = member.started;
    }
    return effects;
  }
  using Kind = MemberEvent::Kind;
  switch (event.kind) {
    case Kind::up:
      appeared(member, now, effects);
      break;
    case Kind::updated:
      if (is_member(member.id)) peers_[member.id.name].address = member.address;
      break;
    case Kind::unreachable:
      if (!is_member(member.id)) break;
      peers_[member.id.name].reachable = false;
      effects.events.push_back({LogEvent::Kind::hidden, member.id, {}, {}});
      break;
    case Kind::down:
    case Kind::left:
      gone(member, effects);
      break;
    case Kind::suspect:
    case Kind::join_refused:
      break;
  }
  return effects;
}

void Dissemination::appeared(const Member& member, TimePoint now, Effects& effects) {
  const auto it = peers_.find(member.id.name);
  if (it != peers_.end() && it->second.id == member.id) {
    it->second.address = member.address;
    if (it->second.reachable) return;  // was only suspect: its entries were never hidden
    it->second.reachable = true;
    effects.events.push_back({LogEvent::Kind::revealed, member.id, {}, {}});
  } else {
    peers_[member.id.name] = Peer{member.id, member.address, true};
  }
  unanswered_.insert(member.id.name);
  if (!retry_at_) retry_at_ = now + options_.retry_interval;
  send_digest(member.address, true, effects);
}

void Dissemination::gone(const Member& member, Effects& effects) {
  if (!is_member(member.id)) return;
  const bool was_hidden = !peers_.at(member.id.name).reachable;
  peers_.erase(member.id.name);
  unanswered_.erase(member.id.name);
  assemblies_.erase(member.id.name);
  if (const auto log = logs_.find(member.id.name); log != logs_.end()) {
    for (auto& [key, entry] : log->second.entries) {
      effects.events.push_back({LogEvent::Kind::removed, member.id, key, std::move(entry)});
    }
    logs_.erase(log);
  }
  // Ends the hiding, since the next boot of this name starts visible. No entry is left to appear.
  if (was_hidden) effects.events.push_back({LogEvent::Kind::revealed, member.id, {}, {}});
}

bool Dissemination::is_member(const NodeId& id) const {
  const auto it = peers_.find(id.name);
  return it != peers_.end() && it->second.id == id;
}

// --- messages ----------------------------------------------------------------

DisseminationEffects Dissemination::receive(const transport::Peer& from,
                                            const DisseminationMessage& message, TimePoint now) {
  Effects effects;
  if (!is_member(from.id)) return effects;
  std::visit([&](const auto& content) { on(from, content, now, effects); }, message);
  return effects;
}

/// Sends each log that is newer here, except the sender's own, of which the sender is the author.
/// The digest in return asks for the reverse direction, without a further digest.
void Dissemination::on(const transport::Peer& from, const LogDigest& message, TimePoint /*now*/,
                       Effects& effects) {
  unanswered_.erase(from.id.name);
  std::map<std::string, LogVersion> theirs;
  for (const OwnerDigest& digest : message.owners) theirs[digest.owner] = digest.version;
  for (const auto& [owner, log] : logs_) {
    const auto it = theirs.find(owner);
    const bool is_missing = it == theirs.end() || it->second < log.version;
    if (is_missing && owner != from.id.name) send_snapshot(from.address, owner, effects);
  }
  if (message.wants_answer) send_digest(from.address, false, effects);
}

/// Applies a delta that continues the known log; changes already known are skipped. A gap is closed
/// by a snapshot, which the digest requests.
void Dissemination::on(const transport::Peer& from, const LogDelta& message, TimePoint /*now*/,
                       Effects& effects) {
  if (message.version.boot != from.id.boot) return;
  OwnerLog& log = logs_[from.id.name];
  if (log.version.boot == 0) log.version = {message.version.started, from.id.boot, 0};
  if (message.version.sequence <= log.version.sequence) return;
  if (message.base > log.version.sequence) return send_digest(from.address, true, effects);
  for (const LogChange& change : message.changes) {
    if (change.sequence <= log.version.sequence) continue;
    if (change.content) {
      const LogEntry entry{*change.content, change.sequence};
      log.put(change.key, entry);
      effects.events.push_back({LogEvent::Kind::added, from.id, change.key, entry});
    } else if (auto old = log.erase(change.key)) {
      effects.events.push_back({LogEvent::Kind::removed, from.id, change.key, std::move(*old)});
    }
  }
  log.version = std::max(log.version, message.version);
}

void Dissemination::on(const transport::Peer& /*from*/, const LogSnapshot& message,
                       TimePoint /*now*/, Effects& effects) {
  const NodeId owner{message.owner, message.version.boot};
  if (!is_member(owner)) return;  // R-013; also of an older boot, and of this node
  const auto known = logs_.find(message.owner);
  if (known != logs_.end() && message.version <= known->second.version) return;
  auto whole = assemblies_[message.owner].add(message);
  if (!whole) return;
  assemblies_.erase(message.owner);
  replace_log(owner, std::move(*whole), effects);
}

/// Replaces the whole log of an owner by a snapshot; emits events only for differences.
void Dissemination::replace_log(const NodeId& owner, OwnerLog log, Effects& effects) {
  OwnerLog& known = logs_[owner.name];
  for (const auto& [key, entry] : known.entries) {
    if (log.entries.contains(key)) continue;
    effects.events.push_back({LogEvent::Kind::removed, owner, key, entry});
  }
  for (const auto& [key, entry] : log.entries) {
    const auto old = known.entries.find(key);
    if (old != known.entries.end() && old->second == entry) continue;
    effects.events.push_back({LogEvent::Kind::added, owner, key, entry});
  }
  known = std::move(log);
}

void Dissemination::send_digest(const transport::Address& to, bool wants_answer,
                                Effects& effects) const {
  LogDigest digest;
  digest.wants_answer = wants_answer;
  for (const auto& [owner, log] : logs_) digest.owners.push_back({owner, log.version, log.hash});
  effects.sends.push_back({to, std::move(digest)});
}

void Dissemination::send_snapshot(const transport::Address& to, const std::string& owner,
                                  Effects& effects) const {
  const OwnerLog& log = logs_.at(owner);
  std::vector<LogSnapshot> pieces(1);
  std::size_t size = 0;
  for (const auto& [key, entry] : log.entries) {
    const std::size_t more = wire_size_estimate(key, entry.content);
    if (size + more > options_.message_size_bytes_max && size > 0) {
      pieces.emplace_back();
      size = 0;
    }
    size += more;
    pieces.back().records.push_back({key, entry});
  }
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    pieces[i].owner = owner;
    pieces[i].version = log.version;
    pieces[i].part = static_cast<std::uint32_t>(i);
    pieces[i].parts = static_cast<std::uint32_t>(pieces.size());
    effects.sends.push_back({to, std::move(pieces[i])});
  }
}

// --- time --------------------------------------------------------------------

DisseminationEffects Dissemination::tick(TimePoint now) {
  Effects effects;
  if (push_at_ && *push_at_ <= now) {
    push_at_.reset();
    push(effects);
  }
  if (retry_at_ && *retry_at_ <= now) {
    retry_at_.reset();
    for (const std::string& name : unanswered_) {
      const Peer& peer = peers_.at(name);
      if (peer.reachable) send_digest(peer.address, true, effects);
    }
    if (!unanswered_.empty()) retry_at_ = now + options_.retry_interval;
  }
  if (anti_entropy_at_ > now) return effects;
  anti_entropy_at_ = now + options_.anti_entropy_interval;
  std::vector<std::string> names;
  for (const auto& [name, peer] : peers_) {
    if (peer.reachable) names.push_back(name);
  }
  for (const auto& name : pick(std::move(names), 1, random_)) {
    send_digest(peers_.at(name).address, true, effects);
  }
  return effects;
}

std::optional<TimePoint> Dissemination::next_deadline() const {
  TimePoint earliest = anti_entropy_at_;
  if (push_at_) earliest = std::min(earliest, *push_at_);
  if (retry_at_) earliest = std::min(earliest, *retry_at_);
  return earliest;
}

}  // namespace kith::cluster
