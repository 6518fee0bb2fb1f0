#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "actor/system.hpp"
#include "core/mutex.hpp"
#include "registry/name_directory.hpp"

namespace kith {

/// The names that hold in the whole cluster, as this node knows them: looked up locally, without a
/// message. After a split each side answers for itself; when it heals one holder remains and the
/// other one is ended with ["name_conflict", name, winner]. Thread-safety: any thread.
/// Source: PROTOCOL, "Registry (scope eventual)".
class GlobalRegistry final : public Resolver {
 public:
  /// The scope of the entries that are names.
  static constexpr const char* scope = "names";

  explicit GlobalRegistry(const NodeId& self) : directory_(self, scope) {}

  /// Who has the name, if anybody that can be reached.
  [[nodiscard]] std::optional<Pid> whereis(const std::string& name) const override;
  /// The same with its node and metadata.
  [[nodiscard]] std::optional<registry::Candidate> lookup(const std::string& name) const;
  /// All names.
  [[nodiscard]] std::map<std::string, registry::Candidate> names() const;

  /// Follows the logs; for the process that feeds them. Gives what changed.
  std::vector<registry::NameEvent> apply(const cluster::LogEvent& event);

 private:
  mutable Mutex mutex_;
  registry::NameDirectory directory_ KITH_GUARDED_BY(mutex_);
};

}  // namespace kith
