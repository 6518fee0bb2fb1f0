#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/limits.hpp"
#include "core/node_id.hpp"

namespace kith::cluster {

/// A member as placement sees it. The name and the weight decide; the boot does not.
struct Placeable {
  NodeId id;
  std::uint32_t weight = 1;  ///< 0 takes nothing

  friend bool operator==(const Placeable&, const Placeable&) = default;
};

/// How even the placement must be. Thread-safety: plain value.
struct PlacementOptions {
  /// No node is primary for more than this times its fair share. With a cap a few partitions move
  /// between old members when one joins, because the room on each changes (measured: 2 of 256 from
  /// 8 to 9 nodes and from 16 to 17). Zero: no cap, partitions move to the newcomer only, and the
  /// fullest of 16 nodes has 1.5 times its share.
  double load_cap = 1.25;
};

/// Which node is responsible for what: every node computes the same map of the same members, and a
/// change of members moves as little as possible. An immutable value. Thread-safety: any thread may
/// read. Source: rendezvous hashing (Thaler, Ravishankar 1998),
/// docs/cluster-protocol.md#partitions.
class PartitionMap {
 public:
  /// No members: nobody is responsible.
  PartitionMap() = default;
  /// The map of these members, in whatever order they come; `epoch` numbers it.
  [[nodiscard]] static PartitionMap compute(std::vector<Placeable> members, std::uint64_t epoch,
                                            const PlacementOptions& options = {});
  /// The partition in which a key lives, in [0, `limits::partitions`).
  [[nodiscard]] static std::size_t partition_of(std::string_view key);

  /// The node responsible for a partition, or null when there is none.
  [[nodiscard]] const NodeId* primary(std::size_t partition) const;
  /// The primary of the key's partition, or null.
  [[nodiscard]] const NodeId* primary_of(std::string_view key) const {
    return primary(partition_of(key));
  }
  /// The primary and its backups, at most `replicas` different nodes, in order of responsibility.
  [[nodiscard]] std::vector<NodeId> owners(std::size_t partition, std::size_t replicas) const;
  [[nodiscard]] std::uint64_t epoch() const { return epoch_; }
  /// The members by name.
  [[nodiscard]] const std::vector<Placeable>& members() const { return members_; }
  /// Equal for equal placements, whatever the boots and the epoch.
  [[nodiscard]] std::uint64_t hash() const;

 private:
  std::vector<Placeable> members_;
  std::vector<std::size_t> primaries_;  ///< index of a member, by partition; empty without members
  std::uint64_t epoch_ = 0;
};

}  // namespace kith::cluster
