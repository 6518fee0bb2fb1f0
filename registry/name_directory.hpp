// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "cluster/dissemination.hpp"
#include "cluster/owner_log.hpp"
#include "core/node_id.hpp"
#include "core/pid.hpp"
#include "core/result.hpp"
#include "core/value.hpp"
#include "registry/candidate.hpp"

namespace kith::registry {

/// A change of the holder of a name.
struct NameEvent {
  enum class Kind : std::uint8_t {
    registered,    ///< the name was free; `winner` holds it now
    changed,       ///< another candidate, or the same with other metadata, holds it now
    unregistered,  ///< the name is free; `winner` held it
    conflict,      ///< this node's `loser` claims the name, but `winner` holds it
  };
  Kind kind = Kind::registered;
  cluster::LogKey name;
  Candidate winner;
  Candidate loser;  ///< conflict only
};

/// Returns the log entry's value for a name.
[[nodiscard]] Value name_value(Pid pid, Value metadata);

/// Indexes names over the logs of all owners. Nodes with the same logs compute the same holders
/// without a message. Invariant: each name in `claims_` has at least one claim; owners in `hidden_`
/// (unreachable) keep their claims, but do not take part. Pure logic.
/// Thread-safety: none; plain value.
class NameDirectory {
 public:
  /// Creates the directory of the node `self`; reads only log entries of this scope.
  NameDirectory(NodeId self, std::string scope);

  /// Applies an event of `cluster::Dissemination`. Ignores entries whose value is not that of a
  /// name. Reports a losing candidate of this node once per winner.
  std::vector<NameEvent> apply(const cluster::LogEvent& event);
  /// Returns the holder of the name, if any.
  [[nodiscard]] std::optional<Candidate> lookup(const std::string& name) const;
  /// Returns all names with their holders.
  [[nodiscard]] std::map<std::string, Candidate> names() const;
  /// Returns a page of names in order; it is shorter than `names_max` only at the end.
  [[nodiscard]] std::vector<std::pair<std::string, Candidate>> names(const NameQuery& query) const;
  /// Returns the number of names with a holder.
  [[nodiscard]] std::size_t size() const;
  /// Returns all reachable candidates of the name, the winner first.
  [[nodiscard]] std::vector<Candidate> candidates(const std::string& name) const;

 private:
  struct Claims {
    std::map<std::string, Candidate> by_owner;
    std::optional<Pid> told;  ///< the winner that was reported for this node's loser
  };

  std::vector<NameEvent> update(const std::string& name, const std::optional<Candidate>& before);
  std::vector<NameEvent> set_hidden(const NodeId& owner, bool hidden);
  void tell_loser(const std::string& name, Claims& claims, const Candidate& winner,
                  std::vector<NameEvent>& events) const;

  NodeId self_;
  std::string scope_;
  std::map<std::string, Claims> claims_;
  std::set<std::string> hidden_;
};

}  // namespace kith::registry
