// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/sim/membership_cluster.hpp"

namespace kith::testing {
namespace {

using namespace std::chrono_literals;
using cluster::MemberEvent;
using cluster::MembershipOptions;
using cluster::MemberStatus;
using Kind = MemberEvent::Kind;

/// The seeds of a test; KITH_SEED replays a single one.
std::vector<std::uint64_t> seeds(std::uint64_t count) {
  if (const char* one = std::getenv("KITH_SEED")) return {std::strtoull(one, nullptr, 10)};
  std::vector<std::uint64_t> all;
  for (std::uint64_t seed = 1; seed <= count; ++seed) all.push_back(seed);
  return all;
}

/// Starts nodes n0, n1, ... and waits until they are members; n0 is the seed of the others.
void assemble(MembershipCluster& cluster, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    cluster.start("n" + std::to_string(i), i == 0 ? "" : "n0");
    cluster.run_for(37ms);
  }
  ASSERT_TRUE(cluster.run_until([&] { return cluster.agrees(); }, 20s)) << cluster.log();
}

double seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

struct Detection {
  std::vector<double> suspected;
  std::vector<double> removed;
};

Detection detect(const MembershipOptions& options, std::size_t count, bool told) {
  Detection detection;
  for (const std::uint64_t seed : seeds(40)) {
    SCOPED_TRACE("KITH_SEED=" + std::to_string(seed));
    MembershipCluster cluster(options, seed);
    assemble(cluster, count);
    cluster.run_for(5s + std::chrono::milliseconds{seed * 61});
    const TimePoint crash = cluster.now();
    const std::string victim = "n" + std::to_string(seed % count);
    cluster.kill(victim, told);
    cluster.run_for(40s);
    TimePoint first = cluster.now();
    TimePoint last = crash;
    for (const auto& name : cluster.living()) {
      const auto suspect = cluster.first_event(name, Kind::suspect, victim, crash);
      const auto down = cluster.first_event(name, Kind::down, victim, crash);
      if (suspect) first = std::min(first, *suspect);
      EXPECT_TRUE(down) << name << " never removed " << victim;
      last = std::max(last, down.value_or(cluster.now()));
    }
    EXPECT_TRUE(cluster.agrees());
    detection.suspected.push_back(seconds(first - crash));
    detection.removed.push_back(seconds(last - crash));
  }
  std::sort(detection.suspected.begin(), detection.suspected.end());
  std::sort(detection.removed.begin(), detection.removed.end());
  const auto middle = detection.removed.size() / 2;
  std::cout << "n=" << count << (told ? " killed" : " power lost") << ": first suspicion "
            << detection.suspected[middle] << " / " << detection.suspected.back()
            << " s, last removal " << detection.removed[middle] << " / " << detection.removed.back()
            << " s (median / maximum)\n";
  return detection;
}

TEST(MembershipSimulation, AKilledNodeIsRemovedEverywhereWithinSixSecondsOnALan) {
  for (const std::size_t count : {3U, 5U, 8U}) {
    EXPECT_LE(detect(MembershipOptions::lan(), count, true).removed.back(), 6.0);
  }
}

TEST(MembershipSimulation, AKilledNodeIsRemovedEverywhereWithinThreeSecondsOnLoopback) {
  for (const std::size_t count : {3U, 5U, 8U}) {
    EXPECT_LE(detect(MembershipOptions::local(), count, true).removed.back(), 3.0);
  }
}

TEST(MembershipSimulation, AMachineThatLosesPowerIsRemovedEverywhere) {
  EXPECT_LE(detect(MembershipOptions::local(), 3, false).removed.back(), 3.0);
  EXPECT_LE(detect(MembershipOptions::lan(), 3, false).removed.back(), 7.5);
  EXPECT_LE(detect(MembershipOptions::lan(), 5, false).removed.back(), 9.0);
  EXPECT_LE(detect(MembershipOptions::lan(), 8, false).removed.back(), 12.0);
}

TEST(MembershipSimulation, NobodyIsAccusedInAQuietMinute) {
  for (const std::uint64_t seed : seeds(10)) {
    SCOPED_TRACE("KITH_SEED=" + std::to_string(seed));
    MembershipCluster cluster(MembershipOptions::lan(), seed);
    assemble(cluster, 8);
    cluster.run_for(60s);
    EXPECT_EQ(cluster.log().find("suspect"), std::string::npos) << cluster.log();
  }
}

TEST(MembershipSimulation, ATenthOfAllMessagesLostCostsNoMember) {
  for (const std::uint64_t seed : seeds(10)) {
    SCOPED_TRACE("KITH_SEED=" + std::to_string(seed));
    MembershipCluster cluster(MembershipOptions::lan(), seed);
    assemble(cluster, 5);
    cluster.line.loss = 0.1;
    cluster.run_for(60s);
    EXPECT_EQ(cluster.log().find("unreachable"), std::string::npos) << cluster.log();
  }
}

TEST(MembershipSimulation, ANodeThatStoodStillAccusesNobodyAndComesBack) {
  for (const std::uint64_t seed : seeds(20)) {
    SCOPED_TRACE("KITH_SEED=" + std::to_string(seed));
    MembershipCluster cluster(MembershipOptions::lan(), seed);
    assemble(cluster, 5);
    cluster.run_for(3s);
    cluster.freeze("n2");
    cluster.run_for(20s);
    EXPECT_EQ(cluster.who("n0", MemberStatus::removed), std::vector<std::string>{"n2"});
    const TimePoint thawed = cluster.now();
    cluster.thaw("n2");
    EXPECT_TRUE(cluster.run_until([&] { return cluster.agrees(); }, 35s)) << cluster.log();
    for (const auto& name : {"n0", "n1", "n3", "n4"}) {
      EXPECT_FALSE(cluster.first_event("n2", Kind::unreachable, name, thawed)) << cluster.log();
    }
  }
}

TEST(MembershipSimulation, ASingleNodeCutOffAccusesNobody) {
  for (const std::uint64_t seed : seeds(20)) {
    SCOPED_TRACE("KITH_SEED=" + std::to_string(seed));
    MembershipCluster cluster(MembershipOptions::lan(), seed);
    assemble(cluster, 5);
    cluster.split({{"n4", 1}});
    cluster.run_for(20s);
    EXPECT_TRUE(cluster.node("n4").membership.isolated(cluster.now()));
    EXPECT_TRUE(cluster.who("n4", MemberStatus::unreachable).empty()) << cluster.log();
    EXPECT_EQ(cluster.who("n0", MemberStatus::removed), std::vector<std::string>{"n4"});
    cluster.heal();
    EXPECT_TRUE(cluster.run_until([&] { return cluster.agrees(); }, 35s)) << cluster.log();
  }
}

TEST(MembershipSimulation, AnySplitHealsByItselfWithinThirtyFiveSeconds) {
  for (const std::uint64_t seed : seeds(20)) {
    SCOPED_TRACE("KITH_SEED=" + std::to_string(seed));
    MembershipCluster cluster(MembershipOptions::lan(), seed);
    assemble(cluster, 5);
    cluster.split({{"n3", 1}, {"n4", 1}});
    cluster.run_for(std::chrono::seconds{20 * seed});
    cluster.heal();
    EXPECT_TRUE(cluster.run_until([&] { return cluster.agrees(); }, 35s)) << cluster.log();
    cluster.run_for(15s);
    EXPECT_TRUE(cluster.agrees()) << cluster.log();
  }
}

TEST(MembershipSimulation, ARestartedNodeReplacesItsOldBoot) {
  for (const std::uint64_t seed : seeds(10)) {
    SCOPED_TRACE("KITH_SEED=" + std::to_string(seed));
    MembershipCluster cluster(MembershipOptions::lan(), seed);
    assemble(cluster, 3);
    cluster.register_name("n1", "worker", 7);
    cluster.run_for(1s);
    cluster.kill("n1", false);
    cluster.run_for(200ms);
    const TimePoint restart = cluster.now();
    cluster.start("n1", "n0");
    EXPECT_TRUE(cluster.run_until([&] { return cluster.agrees(); }, 3s)) << cluster.log();
    EXPECT_TRUE(cluster.first_event("n0", Kind::down, "n1", restart));
    EXPECT_TRUE(cluster.first_event("n2", Kind::up, "n1", restart));
    EXPECT_FALSE(cluster.node("n2").names.lookup("worker")) << "a name of a dead process";
  }
}

TEST(MembershipSimulation, ANodeThatLeavesIsNotSuspected) {
  MembershipCluster cluster(MembershipOptions::lan(), 3);
  assemble(cluster, 5);
  cluster.leave("n3");
  EXPECT_TRUE(cluster.run_until([&] { return cluster.agrees(); }, 2s));
  cluster.run_for(20s);
  EXPECT_EQ(cluster.log().find("suspect"), std::string::npos) << cluster.log();
  EXPECT_EQ(cluster.who("n0", MemberStatus::left), std::vector<std::string>{"n3"});
}

TEST(MembershipSimulation, ASecondNodeOfTheSameNameIsRefusedWhileTheFirstAnswers) {
  MembershipCluster cluster(MembershipOptions::lan(), 3);
  assemble(cluster, 3);
  MembershipCluster::Node& first = cluster.node("n1");
  cluster.run_for(1s);
  // The intruder sends from its own address; the simulated network only knows addresses.
  cluster::Member self;
  self.id = {"n1", 99};
  self.address = "elsewhere:7100";
  self.started = cluster.wall().time_since_epoch().count();
  cluster::JoinRequest request{.cluster = "kith",
                               .version = cluster::protocol_version,
                               .dialled = "n0:7100",
                               .self = to_state(self),
                               .members = {}};
  auto& n0 = cluster.node("n0").membership;
  const auto asked = n0.receive({self.id, self.address}, request, cluster.now());
  ASSERT_EQ(asked.sends.size(), 1U);
  EXPECT_EQ(asked.sends[0].to, "n1:7100");
  const auto ping = std::get<cluster::Ping>(asked.sends[0].message);
  const auto refused = n0.receive({first.membership.self().id, "n1:7100"},
                                  cluster::Ack{ping.sequence, {}}, cluster.now());
  ASSERT_EQ(refused.sends.size(), 1U);
  const auto& answer = std::get<cluster::JoinAnswer>(refused.sends[0].message);
  EXPECT_EQ(answer.refusal, cluster::Refusal::name_taken);
  EXPECT_NE(answer.reason.find("n1:7100"), std::string::npos) << answer.reason;
}

/// Five nodes join, register, split 2/3, heal, converge. Returns the log.
std::string live_through(std::uint64_t seed) {
  MembershipCluster cluster(MembershipOptions::lan(), seed);
  assemble(cluster, 5);
  cluster.line.loss = 0.02;
  for (int i = 0; i < 5; ++i) {
    const std::string name = "n" + std::to_string(i);
    cluster.register_name(name, "own-" + name, 1);
  }
  EXPECT_TRUE(cluster.run_until([&] { return cluster.names_agree(); }, 30s)) << cluster.log();
  EXPECT_EQ(cluster.node("n0").names.names().size(), 5U);
  cluster.split({{"n3", 1}, {"n4", 1}});
  cluster.run_for(3s);
  cluster.register_name("n4", "config", 2);
  cluster.run_for(2s);
  cluster.register_name("n0", "config", 3);
  cluster.unregister_name("n1", "own-n1");
  cluster.run_for(100s);  // the smaller side is slow to give up the others
  EXPECT_EQ(cluster.node("n0").names.names().size(), 3U) << "names of the other side are gone";
  EXPECT_EQ(cluster.node("n3").names.names().size(), 3U) << "names of the other side are hidden";
  cluster.heal();
  const auto converged = [&] {
    return cluster.agrees() && cluster.names_agree() &&
           cluster.node("n0").names.names().size() == 5;
  };
  EXPECT_TRUE(cluster.run_until(converged, 45s)) << cluster.log();
  const auto winner = cluster.node("n2").names.lookup("config");
  EXPECT_TRUE(winner && winner->owner.name == "n4") << "the earlier claim wins";
  EXPECT_FALSE(cluster.node("n3").names.lookup("own-n1")) << "unregistered during the split";
  const auto& told = cluster.node("n0").name_events;
  EXPECT_EQ(std::count_if(told.begin(), told.end(),
                          [](const auto& event) {
                            return event.kind == registry::NameEvent::Kind::conflict;
                          }),
            1);
  return cluster.log();
}

TEST(MembershipSimulation, FiveNodesJoinRegisterSplitHealAndConvergeTwiceAlike) {
  for (const std::uint64_t seed : seeds(20)) {
    SCOPED_TRACE("KITH_SEED=" + std::to_string(seed));
    const std::string once = live_through(seed);
    EXPECT_EQ(once, live_through(seed));
    EXPECT_FALSE(once.empty());
  }
}

}  // namespace
}  // namespace kith::testing
