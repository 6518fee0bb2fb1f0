// SPDX-License-Identifier: Apache-2.0
#include "node/cluster_view.hpp"

#include <algorithm>

#include "actor/system.hpp"

namespace kith::node {

using cluster::Member;
using cluster::PartitionMap;

namespace {

std::vector<cluster::Placeable> placeable(const std::vector<Member>& members) {
  std::vector<cluster::Placeable> result;
  for (const Member& member : members) {
    if (member.is_active()) result.push_back({member.id, member.weight});
  }
  return result;
}

}  // namespace

ClusterView::ClusterView(const Member& self) {
  update({self}, false, {});
}

void ClusterView::update(std::vector<Member> members, bool joined,
                         std::vector<JoinTrouble> troubles) {
  const MutexLock lock(mutex_);
  // The partition map depends only on the active members, so other changes do not recompute it.
  if (!partitions_ || placeable(members) != placeable(members_)) {
    const std::uint64_t epoch = partitions_ ? partitions_->epoch() + 1 : 1;
    partitions_ = std::make_shared<PartitionMap>(PartitionMap::compute(placeable(members), epoch));
  }
  members_ = std::move(members);
  joined_ = joined;
  troubles_ = std::move(troubles);
}

std::vector<JoinTrouble> ClusterView::join_troubles() const {
  const MutexLock lock(mutex_);
  return troubles_;
}

std::vector<Member> ClusterView::members() const {
  const MutexLock lock(mutex_);
  return members_;
}

std::size_t ClusterView::active_members() const {
  const MutexLock lock(mutex_);
  return static_cast<std::size_t>(
      std::ranges::count_if(members_, [](const Member& member) { return member.is_active(); }));
}

std::shared_ptr<const PartitionMap> ClusterView::partitions() const {
  const MutexLock lock(mutex_);
  return partitions_;
}

std::optional<std::string> ClusterView::name_of(BootId boot) const {
  const MutexLock lock(mutex_);
  for (const Member& member : members_) {
    if (member.id.boot == boot) return member.id.name;
  }
  return std::nullopt;
}

bool ClusterView::joined() const {
  const MutexLock lock(mutex_);
  return joined_;
}

Result<Pid> ClusterView::primary(cluster::Service service, std::string_view key) const {
  const auto map = partitions();
  const NodeId* owner = map->primary_of(key);
  if (owner == nullptr) {
    return Error(ErrorCode::unavailable, "no node takes partitions; this one is leaving");
  }
  return service_pid(owner->boot, static_cast<std::uint32_t>(service));
}

std::vector<Pid> ClusterView::everywhere(cluster::Service service) const {
  std::vector<Pid> pids;
  for (const auto& member : partitions()->members()) {
    pids.push_back(service_pid(member.id.boot, static_cast<std::uint32_t>(service)));
  }
  return pids;
}

}  // namespace kith::node
