// SPDX-License-Identifier: Apache-2.0
#include "registry/name_directory.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace kith::registry {
namespace {

std::optional<Candidate> to_candidate(const NodeId& owner, const cluster::LogContent& content) {
  const auto* parts = content.value.get_if<ValueArray>();
  if (parts == nullptr || parts->size() != 2) return std::nullopt;
  const auto* pid = (*parts)[0].get_if<Pid>();
  if (pid == nullptr || !*pid) return std::nullopt;
  return Candidate{owner, *pid, (*parts)[1], content.priority, content.claimed};
}

}  // namespace

bool Candidate::beats(const Candidate& other) const {
  return std::tie(other.priority, claimed, owner, pid) <
         std::tie(priority, other.claimed, other.owner, other.pid);
}

Value name_value(Pid pid, Value metadata) {
  return Value::array({pid, std::move(metadata)});
}

NameDirectory::NameDirectory(NodeId self, std::string scope)
    : self_(std::move(self)), scope_(std::move(scope)) {}

std::vector<NameEvent> NameDirectory::apply(const cluster::LogEvent& event) {
  using Kind = cluster::LogEvent::Kind;
  if (event.kind == Kind::hidden || event.kind == Kind::revealed) {
    return set_hidden(event.owner, event.kind == Kind::hidden);
  }
  if (event.key.scope != scope_) return {};
  const std::string& name = event.key.key;
  const auto before = lookup(name);
  auto candidate = to_candidate(event.owner, event.entry.content);
  if (event.kind == Kind::added && candidate) {
    Claims& claims = claims_[name];
    claims.by_owner.insert_or_assign(event.owner.name, std::move(*candidate));
    if (event.owner == self_) claims.told.reset();
  } else if (const auto it = claims_.find(name); it != claims_.end()) {
    it->second.by_owner.erase(event.owner.name);
  }
  return update(name, before);
}

/// Derives the events from a change of the claims of one name; `before` is its former holder.
std::vector<NameEvent> NameDirectory::update(const std::string& name,
                                             const std::optional<Candidate>& before) {
  std::vector<NameEvent> events;
  const auto after = lookup(name);
  const cluster::LogKey key{scope_, name};
  if (!before && after) events.push_back({NameEvent::Kind::registered, key, *after, {}});
  if (before && !after) events.push_back({NameEvent::Kind::unregistered, key, *before, {}});
  if (before && after && *before != *after) {
    events.push_back({NameEvent::Kind::changed, key, *after, {}});
  }
  const auto it = claims_.find(name);
  if (it == claims_.end()) return events;
  if (after) tell_loser(name, it->second, *after, events);
  if (it->second.by_owner.empty()) claims_.erase(it);
  return events;
}

void NameDirectory::tell_loser(const std::string& name, Claims& claims, const Candidate& winner,
                               std::vector<NameEvent>& events) const {
  const auto own = claims.by_owner.find(self_.name);
  if (own == claims.by_owner.end() || own->second.pid == winner.pid) {
    claims.told.reset();
    return;
  }
  if (claims.told == winner.pid) return;
  claims.told = winner.pid;
  events.push_back({NameEvent::Kind::conflict, {scope_, name}, winner, own->second});
}

std::vector<NameEvent> NameDirectory::set_hidden(const NodeId& owner, bool hidden) {
  std::vector<std::string> affected;
  for (const auto& [name, claims] : claims_) {
    if (claims.by_owner.contains(owner.name)) affected.push_back(name);
  }
  std::map<std::string, std::optional<Candidate>> before;
  for (const auto& name : affected) before[name] = lookup(name);
  if (hidden) {
    hidden_.insert(owner.name);
  } else {
    hidden_.erase(owner.name);
  }
  std::vector<NameEvent> events;
  for (const auto& name : affected) {
    for (auto& event : update(name, before[name])) events.push_back(std::move(event));
  }
  return events;
}

std::vector<Candidate> NameDirectory::candidates(const std::string& name) const {
  std::vector<Candidate> found;
  const auto it = claims_.find(name);
  if (it == claims_.end()) return found;
  for (const auto& [owner, candidate] : it->second.by_owner) {
    if (!hidden_.contains(owner)) found.push_back(candidate);
  }
  std::sort(found.begin(), found.end(),
            [](const Candidate& a, const Candidate& b) { return a.beats(b); });
  return found;
}

std::optional<Candidate> NameDirectory::lookup(const std::string& name) const {
  const auto found = candidates(name);
  if (found.empty()) return std::nullopt;
  return found.front();
}

std::map<std::string, Candidate> NameDirectory::names() const {
  std::map<std::string, Candidate> all;
  for (const auto& [name, claims] : claims_) {
    if (auto winner = lookup(name)) all.emplace(name, std::move(*winner));
  }
  return all;
}

std::vector<std::pair<std::string, Candidate>> NameDirectory::names(const NameQuery& query) const {
  std::vector<std::pair<std::string, Candidate>> found;
  auto at = query.after && *query.after >= query.prefix ? claims_.upper_bound(*query.after)
                                                        : claims_.lower_bound(query.prefix);
  for (; at != claims_.end() && found.size() < query.names_max; ++at) {
    if (!at->first.starts_with(query.prefix)) break;
    if (auto winner = lookup(at->first)) found.emplace_back(at->first, std::move(*winner));
  }
  return found;
}

std::size_t NameDirectory::size() const {
  if (hidden_.empty()) return claims_.size();
  const auto held = [this](const auto& claimed) {
    return std::ranges::any_of(claimed.second.by_owner, [this](const auto& candidate) {
      return !hidden_.contains(candidate.first);
    });
  };
  return static_cast<std::size_t>(std::ranges::count_if(claims_, held));
}

}  // namespace kith::registry
