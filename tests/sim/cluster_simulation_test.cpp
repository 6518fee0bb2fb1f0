// SPDX-License-Identifier: Apache-2.0
#include <optional>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "actor/gen_server.hpp"
#include "node/cluster_view.hpp"
#include "node/testing.hpp"

namespace kith {
namespace {

using namespace std::chrono_literals;
using testing::SimulatedCluster;

struct WhoAreYou {
  using Reply = std::string;
  KITH_WIRE("who")
};
using WhoProtocol = Protocol<WhoAreYou>;

class Who : public GenServer<Who, WhoProtocol> {
 public:
  explicit Who(std::string name) : name_(std::move(name)) {}
  std::string handle_call(const WhoAreYou&) { return name_; }

 private:
  std::string name_;
};

Pid register_who(Node& node, const std::string& name) {
  const auto server = Who::start(node, node.name()).value();
  EXPECT_TRUE(node.register_global(name, server.pid()));
  return server.pid();
}

bool all_agree_on(SimulatedCluster& cluster, const std::string& name) {
  std::set<std::optional<Pid>> holders;
  for (std::size_t i = 0; i < cluster.size(); ++i) {
    if (cluster.is_running(i)) holders.insert(cluster.node(i).whereis(name));
  }
  return holders.size() == 1 && holders.begin()->has_value();
}

/// Five nodes join, register, split, claim the same name on both sides, heal and converge.
std::string life_of_a_cluster(std::uint64_t seed) {
  SCOPED_TRACE("KITH_SEED=" + std::to_string(seed));
  SimulatedCluster cluster({.nodes = 5, .seed = seed, .loss = 0.02});
  EXPECT_TRUE(cluster.run_until([&] { return cluster.converged(); }, 30s));

  register_who(cluster.node(3), "anna");
  EXPECT_TRUE(cluster.run_until([&] { return all_agree_on(cluster, "anna"); }, 15s));
  EXPECT_EQ(call(cluster.node(0).global<WhoProtocol>("anna"), WhoAreYou{}).value(), "node3");

  cluster.split({0, 1});
  EXPECT_TRUE(cluster.run_until([&] { return !cluster.node(0).whereis("anna"); }, 60s));
  EXPECT_TRUE(cluster.node(4).whereis("anna").has_value());
  const Pid left = register_who(cluster.node(0), "bert");
  const Pid right = register_who(cluster.node(4), "bert");
  cluster.run_for(20s);

  cluster.heal();
  EXPECT_TRUE(
      cluster.run_until([&] { return cluster.converged() && all_agree_on(cluster, "bert"); }, 60s));
  EXPECT_TRUE(cluster.run_until(
      [&] {
        return cluster.node(0).system().is_alive(left) != cluster.node(4).system().is_alive(right);
      },
      30s));
  EXPECT_TRUE(cluster.run_until([&] { return all_agree_on(cluster, "anna"); }, 15s));
  return cluster.event_log();
}

TEST(ClusterSimulation, FiveNodesJoinSplitHealAndAgreeTwiceWithEqualLogs) {
  const std::uint64_t seed = testing::seed_from_environment(20261123);
  const std::string first = life_of_a_cluster(seed);
  const std::string second = life_of_a_cluster(seed);
  EXPECT_FALSE(first.empty());
  EXPECT_EQ(first, second) << "KITH_SEED=" << seed;
}

TEST(ClusterSimulation, ManySeedsConverge) {
  const std::uint64_t base = testing::seed_from_environment(1);
  for (std::uint64_t seed = base; seed < base + 10; ++seed) {
    life_of_a_cluster(seed);
    if (HasFailure()) FAIL() << "replay with KITH_SEED=" << seed;
  }
}

TEST(ClusterSimulation, AKilledNodeIsRemovedAndComesBackAsANewBoot) {
  const std::uint64_t seed = testing::seed_from_environment(5);
  SCOPED_TRACE("KITH_SEED=" + std::to_string(seed));
  SimulatedCluster cluster({.nodes = 3, .seed = seed});
  ASSERT_TRUE(cluster.run_until([&] { return cluster.converged(); }, 30s));
  const NodeId before = cluster.node(2).id();
  cluster.kill(2);
  ASSERT_TRUE(cluster.run_until([&] { return cluster.converged(); }, 30s));
  cluster.restart(2);
  ASSERT_TRUE(cluster.run_until([&] { return cluster.converged(); }, 30s));
  EXPECT_EQ(cluster.node(2).id().name, before.name);
  EXPECT_NE(cluster.node(2).id().boot, before.boot);
}

TEST(ClusterSimulation, AMonitorFiresExactlyOnceWhateverHappens) {
  const std::uint64_t base = testing::seed_from_environment(100);
  for (std::uint64_t seed = base; seed < base + 10; ++seed) {
    SCOPED_TRACE("KITH_SEED=" + std::to_string(seed));
    SimulatedCluster cluster({.nodes = 3, .seed = seed});
    ASSERT_TRUE(cluster.run_until([&] { return cluster.converged(); }, 30s));
    const Pid target = register_who(cluster.node(2), "target");
    int downs = 0;
    spawn(cluster.node(0), [&] {
      monitor(target);
      while (receive<Down>(120s)) ++downs;
    });
    cluster.run_for(1s);
    cluster.split({2});
    cluster.run_for(std::chrono::seconds(seed % 7));
    cluster.heal();
    cluster.run_for(20s);
    cluster.kill(2);
    cluster.run_for(60s);
    EXPECT_EQ(downs, 1);
  }
}

TEST(ClusterSimulation, ALimitIsNeverExceededWhileItsOwnerCanBeReached) {
  const std::uint64_t seed = testing::seed_from_environment(9);
  SCOPED_TRACE("KITH_SEED=" + std::to_string(seed));
  SimulatedCluster cluster({.nodes = 5, .seed = seed});
  ASSERT_TRUE(cluster.run_until([&] { return cluster.converged(); }, 30s));
  cluster.run_for(1s);
  int admitted = 0;
  for (std::size_t i = 0; i < 50; ++i) {
    const auto limiter = cluster.node(i % 5).rate_limiter("api", {.limit = 7, .window = 1h});
    if (limiter.check("somebody").value().admitted) ++admitted;
  }
  EXPECT_EQ(admitted, 7);
}

TEST(ClusterSimulation, AJoinWithoutAnAddressFailsAloneAndAtOnce) {
  SimulatedCluster cluster({.nodes = 1});
  Node& node = cluster.node(0);
  std::optional<Error> other;
  spawn(node, [&] { other = node.join("nowhere:1").error(); });
  cluster.run_for(100ms);
  std::optional<Error> empty;
  spawn(node, [&] { empty = node.join("").error(); });
  cluster.run_for(100ms);
  ASSERT_TRUE(empty);
  EXPECT_EQ(empty->code(), ErrorCode::invalid_argument);
  EXPECT_FALSE(other);
  cluster.run_for(10s);
  ASSERT_TRUE(other);
  EXPECT_EQ(other->code(), ErrorCode::timeout);
}

}  // namespace
}  // namespace kith
