// SPDX-License-Identifier: Apache-2.0
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

/// Resolves cluster-wide names from this node's copy, without a message. An ended process of this
/// node loses its names at once, before other nodes are notified. During a split each side resolves
/// names on its own; when it heals one holder remains and the others are ended with
/// ["name_conflict", name, winner]. Thread-safety: any thread.
/// Source: docs/cluster-protocol.md#names.
class GlobalRegistry final : public Resolver {
 public:
  /// The scope of the entries that are names.
  static constexpr const char* scope = "names";

  /// `system` is that of this node and must outlive the registry.
  GlobalRegistry(const System& system, const NodeId& self)
      : system_(system), directory_(self, scope) {}

  /// Returns the reachable holder of the name, if any.
  [[nodiscard]] std::optional<Pid> whereis(const std::string& name) const override;
  /// Returns the same with its node and metadata.
  [[nodiscard]] std::optional<registry::Candidate> lookup(const std::string& name) const;
  /// Returns all names with their holders.
  [[nodiscard]] std::map<std::string, registry::Candidate> names() const;
  /// Returns a page of names in order.
  [[nodiscard]] std::vector<std::pair<std::string, registry::Candidate>> names(
      const registry::NameQuery& query) const;
  /// Returns the number of names; may include names of local processes that have just ended.
  [[nodiscard]] std::size_t size() const;

  /// Applies a change of the logs and returns the resulting changes of names. For the process that
  /// runs the cluster.
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
