#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "actor/system.hpp"
#include "core/mutex.hpp"
#include "registry/name_directory.hpp"

namespace kith {

/// The names that hold in the whole cluster, as this node knows them: looked up locally, without a
/// message. A process of this node that has ended has no name any more, even before the cluster was
/// told. After a split each side answers for itself; when it heals one holder remains and the other
/// one is ended with ["name_conflict", name, winner]. Thread-safety: any thread.
/// Source: docs/cluster-protocol.md#names.
class GlobalRegistry final : public Resolver {
 public:
  /// The scope of the entries that are names.
  static constexpr const char* scope = "names";

  /// `system` is this node's, and outlives it.
  GlobalRegistry(const System& system, const NodeId& self)
      : system_(system), directory_(self, scope) {}

  /// Who has the name, if anybody that can be reached.
  [[nodiscard]] std::optional<Pid> whereis(const std::string& name) const override;
  /// The same with its node and metadata.
  [[nodiscard]] std::optional<registry::Candidate> lookup(const std::string& name) const;
  /// All names.
  [[nodiscard]] std::map<std::string, registry::Candidate> names() const;
  /// Some of them, in order.
  [[nodiscard]] std::vector<std::pair<std::string, registry::Candidate>> names(
      const registry::NameQuery& query) const;
  /// How many there are; a process of this node that has just ended may still be counted.
  [[nodiscard]] std::size_t size() const;

  /// Follows the logs; for the process that feeds them. Gives what changed.
  std::vector<registry::NameEvent> apply(const cluster::LogEvent& event);

 private:
  [[nodiscard]] bool lives(const registry::Candidate& candidate) const;
  [[nodiscard]] std::optional<registry::Candidate> first_living(const std::string& name) const
      KITH_REQUIRES(mutex_);

  const System& system_;
  mutable Mutex mutex_;
  registry::NameDirectory directory_ KITH_GUARDED_BY(mutex_);
};

}  // namespace kith
