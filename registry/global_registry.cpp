// SPDX-License-Identifier: Apache-2.0
#include "registry/global_registry.hpp"

namespace kith {

std::optional<Pid> GlobalRegistry::whereis(const std::string& name) const {
  const auto holder = lookup(name);
  if (!holder) return std::nullopt;
  return holder->pid;
}

std::optional<registry::Candidate> GlobalRegistry::lookup(const std::string& name) const {
  const MutexLock lock(mutex_);
  return first_living(name);
}

bool GlobalRegistry::lives(const registry::Candidate& candidate) const {
  return candidate.pid.node != system_.boot() || system_.is_alive(candidate.pid);
}

/// Only this node's processes can be checked for life; for others the logs decide. If the winner is
/// a local process that has ended, the next living candidate holds the name.
std::optional<registry::Candidate> GlobalRegistry::first_living(const std::string& name) const {
  auto winner = directory_.lookup(name);
  if (!winner || lives(*winner)) return winner;
  for (registry::Candidate& each : directory_.candidates(name)) {
    if (lives(each)) return std::move(each);
  }
  return std::nullopt;
}

std::map<std::string, registry::Candidate> GlobalRegistry::names() const {
  const MutexLock lock(mutex_);
  auto all = directory_.names();
  std::vector<std::string> dead;
  for (const auto& [name, winner] : all) {
    if (!lives(winner)) dead.push_back(name);
  }
  for (const std::string& name : dead) {
    all.erase(name);
    if (auto next = first_living(name)) all.emplace(name, std::move(*next));
  }
  return all;
}

/// Asks the directory again until the page is full: names of ended processes are skipped, and a
/// short page would mean to the caller that there are no more.
std::vector<std::pair<std::string, registry::Candidate>> GlobalRegistry::names(
    const registry::NameQuery& query) const {
  std::vector<std::pair<std::string, registry::Candidate>> living;
  const MutexLock lock(mutex_);
  for (registry::NameQuery rest = query;;) {
    rest.names_max = query.names_max - living.size();
    auto claimed = directory_.names(rest);
    const bool is_last = claimed.size() < rest.names_max;
    for (auto& [name, winner] : claimed) {
      rest.after = name;
      if (auto holder = lives(winner) ? std::move(winner) : first_living(name)) {
        living.emplace_back(std::move(name), *std::move(holder));
      }
    }
    if (is_last || living.size() == query.names_max) return living;
  }
}

std::size_t GlobalRegistry::size() const {
  const MutexLock lock(mutex_);
  return directory_.size();
}

std::vector<registry::NameEvent> GlobalRegistry::apply(const cluster::LogEvent& event) {
  const MutexLock lock(mutex_);
  return directory_.apply(event);
}

}  // namespace kith
