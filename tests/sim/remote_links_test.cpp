// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "actor/process_info.hpp"
#include "core/random.hpp"
#include "node/testing.hpp"

namespace kith {
namespace {

using namespace std::chrono_literals;
using testing::SimulatedCluster;

/// Two processes on two nodes that repeatedly link and unlink each other.
struct Couple {
  Pid first;
  Pid second;
  int told = 0;  ///< exit signals to the first after the end of the second
};

/// Links and unlinks at random, then counts the exit signals.
Pid start_partner(Node& node, std::uint64_t seed, int& told) {
  return spawn(node, [seed, &told] {
    trap_exits(true);
    const Pid other = receive<Pid>().value();
    Random random(seed);
    for (std::uint64_t steps = 4 + random.below(12); steps > 0; --steps) {
      if (random.chance(0.5))
        static_cast<void>(link(other));
      else
        unlink(other);
      sleep_for(std::chrono::microseconds(random.below(3000)));
    }
    for (;;) {
      const Exit signal = receive<Exit>().value();
      if (signal.reason == Value("killed")) ++told;
    }
  });
}

bool is_linked(Node& node, Pid pid, Pid other) {
  const std::vector<Pid> links = process_info(node.system(), pid).value().links;
  return std::ranges::find(links, other) != links.end();
}

class RemoteLinks : public ::testing::Test {
 protected:
  /// Runs 40 pairs, with or without a cut in between; returns how many were linked at the end.
  static int play(std::uint64_t seed, bool cuts) {
    SimulatedCluster cluster({.nodes = 2, .seed = seed, .latency_max = 5ms});
    EXPECT_TRUE(cluster.run_until([&] { return cluster.converged(); }, 30s));
    std::vector<Couple> couples(40);
    int unused = 0;
    for (std::size_t i = 0; i < couples.size(); ++i) {
      Couple& couple = couples[i];
      couple.first = start_partner(cluster.node(0), seed * 1000 + 2 * i, couple.told);
      couple.second = start_partner(cluster.node(1), seed * 1000 + 2 * i + 1, unused);
      EXPECT_TRUE(send(cluster.node(0), couple.first, couple.second));
      EXPECT_TRUE(send(cluster.node(1), couple.second, couple.first));
    }
    if (cuts) {
      cluster.run_for(10ms);
      cluster.split({0});
      cluster.run_for(seed % 2 == 0 ? Duration(60s) : Duration(20ms));
      cluster.heal();
      EXPECT_TRUE(cluster.run_until([&] { return cluster.converged(); }, 120s));
    }
    cluster.run_for(10s);
    int linked = 0;
    for (const Couple& couple : couples) {
      const bool here = is_linked(cluster.node(0), couple.first, couple.second);
      EXPECT_EQ(here, is_linked(cluster.node(1), couple.second, couple.first)) << "half a link";
      exit(cluster.node(1), couple.second, "kill");
      cluster.run_for(100ms);
      EXPECT_EQ(couple.told, here ? 1 : 0);
      if (here) ++linked;
    }
    return linked;
  }
};

TEST_F(RemoteLinks, BothNodesAgreeAfterLinksAndUnlinksHaveCrossed) {
  const std::uint64_t base = testing::seed_from_environment(1);
  int linked = 0;
  for (std::uint64_t seed = base; seed < base + 10; ++seed) {
    linked += play(seed, false);
    ASSERT_FALSE(HasFailure()) << "replay with KITH_SEED=" << seed;
  }
  EXPECT_GT(linked, 50) << "of 400";
  EXPECT_LT(linked, 350) << "of 400";
}

TEST_F(RemoteLinks, BothNodesAgreeAfterTheConnectionWasCutMeanwhile) {
  const std::uint64_t base = testing::seed_from_environment(100);
  for (std::uint64_t seed = base; seed < base + 6; ++seed) {
    play(seed, true);
    ASSERT_FALSE(HasFailure()) << "replay with KITH_SEED=" << seed;
  }
}

}  // namespace
}  // namespace kith
