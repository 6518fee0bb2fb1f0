// SPDX-License-Identifier: Apache-2.0
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

/// A process that claims a global name. The winner has the highest priority, then the earliest
/// claim, then the smallest node id and pid. Thread-safety: plain value. Source:
/// docs/cluster-protocol.md#names.
struct Candidate {
  NodeId owner;  ///< the node that registered it
  Pid pid;
  Value metadata;
  std::int64_t priority = 0;
  cluster::HybridTime claimed;

  friend bool operator==(const Candidate&, const Candidate&) = default;
  /// Returns whether this one wins the name against the other.
  [[nodiscard]] bool beats(const Candidate& other) const;
};

/// Selects a page of names.
struct NameQuery {
  std::string prefix{};                ///< only names that start with it
  std::optional<std::string> after{};  ///< only names greater than this one
  std::size_t names_max = 0;
};

}  // namespace kith::registry
