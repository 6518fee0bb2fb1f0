#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "cluster/hlc.hpp"
#include "core/node_id.hpp"
#include "core/pid.hpp"
#include "core/value.hpp"

namespace kith::registry {

/// Somebody who claims a name. Ordered by right to it: the highest priority, then the earliest
/// claim, then the smallest node id. Thread-safety: plain value. Source:
/// docs/cluster-protocol.md#names.
struct Candidate {
  NodeId owner;  ///< the node that registered it
  Pid pid;
  Value metadata;
  std::int64_t priority = 0;
  cluster::HybridTime claimed;

  friend bool operator==(const Candidate&, const Candidate&) = default;
  /// True when this one wins the name against the other.
  [[nodiscard]] bool beats(const Candidate& other) const;
};

/// Which names are asked for.
struct NameQuery {
  std::string prefix{};                ///< what they begin with
  std::optional<std::string> after{};  ///< only those that come behind this one
  std::size_t names_max = 0;
};

}  // namespace kith::registry
