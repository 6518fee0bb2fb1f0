// SPDX-License-Identifier: Apache-2.0
#include "cluster/partition_map.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <tuple>
#include <utility>

#include "core/hash.hpp"

namespace kith::cluster {
namespace {

/// Returns the highest of `weight` hashes, so that a node wins in proportion to its weight. Uses
/// integers only: all machines must compute equal scores.
std::uint64_t score(const Placeable& member, std::size_t partition) {
  const std::uint64_t base = stable_hash(member.id.name, partition);
  std::uint64_t best = 0;
  for (std::uint32_t ticket = 0; ticket < member.weight; ++ticket) {
    best = std::max(best, mix_hash(base + ticket * 0x9e3779b97f4a7c15ULL));
  }
  return best;
}

/// Returns the members by descending score; equal scores by name.
std::vector<std::size_t> ranking(const std::vector<Placeable>& members, std::size_t partition) {
  std::vector<std::pair<std::uint64_t, std::size_t>> scored;
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (members[i].weight > 0) scored.emplace_back(score(members[i], partition), i);
  }
  std::sort(scored.begin(), scored.end(), [](const auto& a, const auto& b) {
    return std::tie(b.first, a.second) < std::tie(a.first, b.second);
  });
  std::vector<std::size_t> order;
  for (const auto& entry : scored) order.push_back(entry.second);
  return order;
}

/// Returns the maximum number of partitions of each member.
std::vector<std::size_t> capacities(const std::vector<Placeable>& members, double load_cap) {
  std::uint64_t total = 0;
  for (const auto& member : members) total += member.weight;
  std::vector<std::size_t> rooms;
  for (const auto& member : members) {
    const double share = static_cast<double>(limits::partitions) *
                         static_cast<double>(member.weight) / static_cast<double>(total);
    const double room = load_cap > 0 ? std::ceil(share * std::max(load_cap, 1.0))
                                     : static_cast<double>(limits::partitions);
    rooms.push_back(static_cast<std::size_t>(room));
  }
  return rooms;
}

}  // namespace

PartitionMap PartitionMap::compute(std::vector<Placeable> members, std::uint64_t epoch,
                                   const PlacementOptions& options) {
  std::sort(members.begin(), members.end(),
            [](const auto& a, const auto& b) { return a.id < b.id; });
  PartitionMap map;
  map.epoch_ = epoch;
  map.members_ = std::move(members);
  const bool anybody = std::any_of(map.members_.begin(), map.members_.end(),
                                   [](const auto& member) { return member.weight > 0; });
  if (!anybody) return map;
  std::vector<std::size_t> rooms = capacities(map.members_, options.load_cap);
  for (std::size_t partition = 0; partition < limits::partitions; ++partition) {
    const auto order = ranking(map.members_, partition);
    const auto chosen = std::find_if(order.begin(), order.end(),
                                     [&](std::size_t member) { return rooms[member] > 0; });
    const std::size_t member = chosen == order.end() ? order.front() : *chosen;
    if (rooms[member] > 0) --rooms[member];
    map.primaries_.push_back(member);
  }
  return map;
}

std::size_t PartitionMap::partition_of(std::string_view key) {
  return stable_hash(key) % limits::partitions;
}

const NodeId* PartitionMap::primary(std::size_t partition) const {
  return partition < primaries_.size() ? &members_[primaries_[partition]].id : nullptr;
}

std::vector<NodeId> PartitionMap::owners(std::size_t partition, std::size_t replicas) const {
  std::vector<NodeId> nodes;
  if (partition >= primaries_.size() || replicas == 0) return nodes;
  const std::size_t first = primaries_[partition];
  nodes.push_back(members_[first].id);
  for (const std::size_t member : ranking(members_, partition)) {
    if (nodes.size() == replicas) break;
    if (member != first) nodes.push_back(members_[member].id);
  }
  return nodes;
}

std::uint64_t PartitionMap::hash() const {
  return std::accumulate(primaries_.begin(), primaries_.end(), std::uint64_t{0},
                         [&](std::uint64_t sum, std::size_t member) {
                           return stable_hash(members_[member].id.name, sum);
                         });
}

}  // namespace kith::cluster
