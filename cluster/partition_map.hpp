// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/limits.hpp"
#include "core/node_id.hpp"

namespace kith::cluster {

/// A member for placement. Depends on name and weight, not on the boot, so that a restart of a node
/// moves no partition.
struct Placeable {
  NodeId id;
  std::uint32_t weight = 1;  ///< share of the partitions; 0: none

  friend bool operator==(const Placeable&, const Placeable&) = default;
};

/// Options of placement. Thread-safety: plain value.
struct PlacementOptions {
  /// A node is primary of at most this times its fair share, rounded up. With a cap a few
  /// partitions move between old members when one joins, because the room on each changes
  /// (measured: 2 of 256 from 8 to 9 nodes and from 16 to 17). 0: no cap; partitions move only to
  /// the new member, and the fullest of 16 nodes has 1.5 times its share.
  double load_cap = 1.25;
};

/// Maps each partition to its primary node. Nodes with equal member lists compute equal maps, and a
/// change of members moves few partitions. An immutable value. Thread-safety: any thread may read.
/// Source: rendezvous hashing (Thaler, Ravishankar 1998), docs/cluster-protocol.md#partitions.
class PartitionMap {
 public:
  /// Creates a map without members: no partition has a primary.
  PartitionMap() = default;
  /// Computes the map of these members, in any order; `epoch` is its number.
  [[nodiscard]] static PartitionMap compute(std::vector<Placeable> members, std::uint64_t epoch,
                                            const PlacementOptions& options = {});
  /// Returns the partition of a key, in [0, `limits::partitions`).
  [[nodiscard]] static std::size_t partition_of(std::string_view key);

  /// Returns the primary of a partition, or null.
  [[nodiscard]] const NodeId* primary(std::size_t partition) const;
  /// Returns the primary of the key's partition, or null.
  [[nodiscard]] const NodeId* primary_of(std::string_view key) const {
    return primary(partition_of(key));
  }
  /// Returns up to `replicas` different nodes: the primary, then its backups in order.
  [[nodiscard]] std::vector<NodeId> owners(std::size_t partition, std::size_t replicas) const;
  [[nodiscard]] std::uint64_t epoch() const { return epoch_; }
  /// Returns the members, sorted by name.
  [[nodiscard]] const std::vector<Placeable>& members() const { return members_; }
  /// Returns a hash that is equal for equal placements, regardless of boots and epoch.
  [[nodiscard]] std::uint64_t hash() const;

 private:
  std::vector<Placeable> members_;
  std::vector<std::size_t> primaries_;  ///< index of a member, by partition; empty without members
  std::uint64_t epoch_ = 0;
};

}  // namespace kith::cluster
