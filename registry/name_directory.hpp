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

/// What a change of the logs means for a name.
struct NameEvent {
  enum class Kind : std::uint8_t {
    registered,    ///< nobody had the name before; `winner` has it now
    changed,       ///< another candidate, or the same with other metadata, has it now
    unregistered,  ///< nobody has the name any more; `winner` is who had it
    conflict,      ///< this node's `loser` does not have the name that it claims: `winner` has it
  };
  Kind kind = Kind::registered;
  cluster::LogKey name;
  Candidate winner;
  Candidate loser;  ///< conflict only
};

/// The value under which a name is published.
[[nodiscard]] Value name_value(Pid pid, Value metadata);

/// Who has which name: an index over the logs of all owners. All nodes that know the same logs give
/// the same answers without a message. Pure logic. Thread-safety: none; plain value.
class NameDirectory {
 public:
  /// The directory of the node `self`; only entries of this scope are looked at.
  NameDirectory(NodeId self, std::string scope);

  /// Follows what `cluster::Dissemination` tells. Entries whose value is not a name's are passed
  /// over. A losing candidate of this node is told once per winner.
  std::vector<NameEvent> apply(const cluster::LogEvent& event);
  /// Who has the name, if anybody.
  [[nodiscard]] std::optional<Candidate> lookup(const std::string& name) const;
  /// All names with who has them.
  [[nodiscard]] std::map<std::string, Candidate> names() const;
  /// Some of them, in order; as many as were asked for, unless there are no more.
  [[nodiscard]] std::vector<std::pair<std::string, Candidate>> names(const NameQuery& query) const;
  /// How many names somebody has.
  [[nodiscard]] std::size_t size() const;
  /// Everybody reachable who claims the name, in the order of their right to it.
  [[nodiscard]] std::vector<Candidate> candidates(const std::string& name) const;

 private:
  struct Claims {
    std::map<std::string, Candidate> by_owner;
    std::optional<Pid> told;  ///< of whom this node's loser was told
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
