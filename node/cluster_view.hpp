// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cluster/member.hpp"
#include "cluster/partition_map.hpp"
#include "cluster/partition_router.hpp"
#include "core/mutex.hpp"
#include "node/join_diary.hpp"

namespace kith::node {

/// Publishes the members and the partition map to all threads of a node, so that reads need no
/// message to the cluster process. It is replaced as a whole at each change. Thread-safety: any
/// thread.
class ClusterView final : public cluster::PartitionRouter {
 public:
  /// Starts with `self` as the only member.
  explicit ClusterView(const cluster::Member& self);

  /// Returns all known members, this node included, sorted by name.
  [[nodiscard]] std::vector<cluster::Member> members() const;
  /// Returns the number of members that take part.
  [[nodiscard]] std::size_t active_members() const;
  [[nodiscard]] std::shared_ptr<const cluster::PartitionMap> partitions() const;
  /// Returns the name of the member with this boot id, or nullopt.
  [[nodiscard]] std::optional<std::string> name_of(BootId boot) const;
  [[nodiscard]] bool joined() const;
  /// Returns the seeds that could not be joined, with the causes; empty once joined.
  [[nodiscard]] std::vector<JoinTrouble> join_troubles() const;

  [[nodiscard]] Result<Pid> primary(cluster::Service service, std::string_view key) const override;
  [[nodiscard]] std::vector<Pid> everywhere(cluster::Service service) const override;

  /// Replaces the view; for the cluster process only.
  void update(std::vector<cluster::Member> members, bool joined, std::vector<JoinTrouble> troubles);

 private:
  mutable Mutex mutex_;
  std::vector<cluster::Member> members_ KITH_GUARDED_BY(mutex_);
  std::shared_ptr<const cluster::PartitionMap> partitions_ KITH_GUARDED_BY(mutex_);
  std::vector<JoinTrouble> troubles_ KITH_GUARDED_BY(mutex_);
  bool joined_ KITH_GUARDED_BY(mutex_) = false;
};

}  // namespace kith::node
