// SPDX-License-Identifier: Apache-2.0
#include "cluster/partition_map.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace kith::cluster {
namespace {

std::vector<Placeable> nodes(std::size_t count, BootId boot = 1) {
  std::vector<Placeable> all;
  for (std::size_t i = 0; i < count; ++i)
    all.push_back({{"node" + std::to_string(i), boot + i}, 1});
  return all;
}

std::map<std::string, std::size_t> loads(const PartitionMap& map) {
  std::map<std::string, std::size_t> counts;
  for (std::size_t p = 0; p < limits::partitions; ++p) ++counts[map.primary(p)->name];
  return counts;
}

TEST(PartitionMap, NobodyIsResponsibleWithoutMembers) {
  const auto map = PartitionMap::compute({}, 1);
  EXPECT_EQ(map.primary(0), nullptr);
  EXPECT_EQ(map.primary_of("key"), nullptr);
  EXPECT_TRUE(map.owners(0, 3).empty());
  EXPECT_EQ(PartitionMap::compute({{{"a", 1}, 0}}, 1).primary(0), nullptr) << "weight 0";
}

TEST(PartitionMap, IsTheSameOnEveryNodeWhateverTheOrder) {
  auto members = nodes(7);
  const auto map = PartitionMap::compute(members, 1);
  for (int i = 0; i < 20; ++i) {
    std::next_permutation(members.begin(), members.end(),
                          [](const auto& a, const auto& b) { return a.id < b.id; });
    const auto other = PartitionMap::compute(members, 2);
    EXPECT_EQ(other.hash(), map.hash());
    for (std::size_t p = 0; p < limits::partitions; ++p) {
      EXPECT_EQ(other.owners(p, 3), map.owners(p, 3));
    }
  }
}

TEST(PartitionMap, ARestartMovesNothing) {
  EXPECT_EQ(PartitionMap::compute(nodes(5, 1), 1).hash(),
            PartitionMap::compute(nodes(5, 900), 2).hash());
}

constexpr PlacementOptions uncapped{.load_cap = 0};

TEST(PartitionMap, UncappedAJoinMovesLittleAndOnlyToTheNewcomer) {
  for (std::size_t count = 2; count <= 12; ++count) {
    const auto before = PartitionMap::compute(nodes(count), 1, uncapped);
    const auto after = PartitionMap::compute(nodes(count + 1), 2, uncapped);
    const std::string newcomer = "node" + std::to_string(count);
    std::size_t moved = 0;
    for (std::size_t p = 0; p < limits::partitions; ++p) {
      if (before.primary(p)->name == after.primary(p)->name) continue;
      ++moved;
      EXPECT_EQ(after.primary(p)->name, newcomer);
    }
    const double share = static_cast<double>(limits::partitions) / static_cast<double>(count + 1);
    EXPECT_LE(static_cast<double>(moved), 1.3 * share) << count;
    EXPECT_GE(static_cast<double>(moved), 0.5 * share) << count;
  }
}

TEST(PartitionMap, CappedAJoinMovesHardlyMore) {
  for (std::size_t count = 2; count <= 16; ++count) {
    const auto before = PartitionMap::compute(nodes(count), 1);
    const auto after = PartitionMap::compute(nodes(count + 1), 2);
    const std::string newcomer = "node" + std::to_string(count);
    std::size_t moved_elsewhere = 0;
    for (std::size_t p = 0; p < limits::partitions; ++p) {
      const bool moved = before.primary(p)->name != after.primary(p)->name;
      if (moved && after.primary(p)->name != newcomer) ++moved_elsewhere;
    }
    EXPECT_LE(moved_elsewhere, limits::partitions / 20) << count;
  }
}

TEST(PartitionMap, UncappedALossMovesOnlyWhatWasLostToItsFirstBackup) {
  const auto before = PartitionMap::compute(nodes(5), 1, uncapped);
  auto left = nodes(5);
  left.erase(left.begin() + 2);
  const auto after = PartitionMap::compute(left, 2, uncapped);
  for (std::size_t p = 0; p < limits::partitions; ++p) {
    const auto owners = before.owners(p, 2);
    const auto& expected = owners[0].name == "node2" ? owners[1] : owners[0];
    EXPECT_EQ(after.primary(p)->name, expected.name);
  }
}

TEST(PartitionMap, OwnersAreDifferentNodesPrimaryFirst) {
  const auto map = PartitionMap::compute(nodes(5), 1);
  for (std::size_t p = 0; p < limits::partitions; ++p) {
    const auto owners = map.owners(p, 3);
    EXPECT_EQ(std::set<NodeId>(owners.begin(), owners.end()).size(), 3U);
    EXPECT_EQ(owners.front(), *map.primary(p));
  }
  EXPECT_EQ(PartitionMap::compute(nodes(2), 1).owners(0, 3).size(), 2U);
}

TEST(PartitionMap, WeightIsTheShareOfTheLoad) {
  auto members = nodes(4);
  members[1].weight = 3;
  const auto counts = loads(PartitionMap::compute(members, 1));
  EXPECT_NEAR(static_cast<double>(counts.at("node1")), 128, 26);
}

TEST(PartitionMap, CappedNobodyHasMuchMoreThanHisShare) {
  for (const std::size_t count : {3U, 5U, 8U, 16U}) {
    const auto map = PartitionMap::compute(nodes(count), 1);
    for (const auto& [name, load] : loads(map)) {
      EXPECT_LE(load, 320 / count + 1) << name << " of " << count;
    }
  }
}

TEST(PartitionMap, KeysSpreadOverAllPartitions) {
  std::set<std::size_t> seen;
  for (int i = 0; i < 5000; ++i) seen.insert(PartitionMap::partition_of("key" + std::to_string(i)));
  EXPECT_EQ(seen.size(), limits::partitions);
}

}  // namespace
}  // namespace kith::cluster
