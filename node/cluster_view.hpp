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

/// What everybody in a node may read of the cluster without asking the process that runs it: the
/// members and the partition map, replaced as a whole at each change. Thread-safety: any thread.
class ClusterView final : public cluster::PartitionRouter {
 public:
  /// Before the first update this node is alone.
  explicit ClusterView(const cluster::Member& self);

  /// All known members, this node included, by name.
  [[nodiscard]] std::vector<cluster::Member> members() const;
  /// Members that take part.
  [[nodiscard]] std::size_t active_members() const;
  [[nodiscard]] std::shared_ptr<const cluster::PartitionMap> partitions() const;
  /// The name of the node with this boot, if it is a member.
  [[nodiscard]] std::optional<std::string> name_of(BootId boot) const;
  [[nodiscard]] bool joined() const;
  /// The seeds in vain, and why; empty for a node that has joined.
  [[nodiscard]] std::vector<JoinTrouble> join_troubles() const;

  [[nodiscard]] Result<Pid> primary(cluster::Service service, std::string_view key) const override;
  [[nodiscard]] std::vector<Pid> everywhere(cluster::Service service) const override;

  /// Replaces what is known; for the process that runs the cluster.
  void update(std::vector<cluster::Member> members, bool joined, std::vector<JoinTrouble> troubles);

 private:
  mutable Mutex mutex_;
  std::vector<cluster::Member> members_ KITH_GUARDED_BY(mutex_);
  std::shared_ptr<const cluster::PartitionMap> partitions_ KITH_GUARDED_BY(mutex_);
  std::vector<JoinTrouble> troubles_ KITH_GUARDED_BY(mutex_);
  bool joined_ KITH_GUARDED_BY(mutex_) = false;
};

}  // namespace kith::node
