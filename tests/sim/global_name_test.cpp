// SPDX-License-Identifier: Apache-2.0
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "actor/gen_server.hpp"
#include "node/testing.hpp"
#include "supervision/supervisor.hpp"

namespace kith {
namespace {

using namespace std::chrono_literals;
using testing::SimulatedCluster;

struct WhereAreYou {
  using Reply = std::string;
  KITH_WIRE("where")
};
using WhereProtocol = Protocol<WhereAreYou>;

class Where : public GenServer<Where, WhereProtocol> {
 public:
  explicit Where(std::string node, bool starts = true) : node_(std::move(node)), starts_(starts) {}
  Result<void> init() const {
    if (!starts_) return Error(ErrorCode::unavailable, "not today");
    return {};
  }
  std::string handle_call(const WhereAreYou&) { return node_; }

 private:
  std::string node_;
  bool starts_;
};

class GlobalNames : public ::testing::Test {
 protected:
  SimulatedCluster cluster{{.nodes = 3, .seed = testing::seed_from_environment(7)}};

  void SetUp() override {
    ASSERT_TRUE(cluster.run_until([&] { return cluster.converged(); }, 30s));
  }
  /// Starts a supervised server on that node that registers the name "anna" at each start.
  Supervisor supervise(std::size_t index, std::optional<Backoff> backoff = {}) {
    Node& node = cluster.node(index);
    StartOptions options;
    options.register_as = node.registration("anna", "metadata");
    ChildSpec spec = child<Where>("anna", options, node.name());
    spec.backoff = backoff;
    return Supervisor::start_link(node, {spec}, {.max_restarts = 4}).value();
  }
  Pid process(const Supervisor& supervisor) { return supervisor.child_pid("anna").value(); }
  bool all_find(Pid pid) {
    for (std::size_t i = 0; i < cluster.size(); ++i) {
      if (cluster.is_running(i) && cluster.node(i).whereis("anna") != pid) return false;
    }
    return true;
  }
};

TEST_F(GlobalNames, ASupervisedServerHasItsNameAgainAfterEachRestart) {
  const Supervisor supervisor = supervise(1);
  const auto anna = cluster.node(2).global<WhereProtocol>("anna");
  ASSERT_TRUE(cluster.run_until([&] { return all_find(process(supervisor)); }, 10s));
  for (std::uint64_t restarts = 1; restarts <= 4; ++restarts) {
    const Pid before = process(supervisor);
    exit(cluster.node(1), before, "kill");
    ASSERT_TRUE(cluster.run_until([&] { return process(supervisor) != before; }, 1s));
    EXPECT_EQ(cluster.node(1).whereis("anna"), process(supervisor));
    ASSERT_TRUE(cluster.run_until([&] { return all_find(process(supervisor)); }, 10s));
    EXPECT_EQ(call(anna, WhereAreYou{}).value(), "node1");
    // One start per end: none failed because the name still belonged to the dead process.
    EXPECT_EQ(supervisor.children().value().front().restarts, restarts);
  }
  EXPECT_EQ(cluster.node(0).names().at("anna").metadata, Value("metadata"));
}

TEST_F(GlobalNames, WhoWasToldOfAnEndDoesNotFindTheProcess) {
  Node& node = cluster.node(0);
  const Pid server = Where::start(node, "node0").value().pid();
  ASSERT_TRUE(node.register_global("anna", server));
  bool found = true;
  bool listed = true;
  bool in_page = true;
  node.system().run([&] {
    const Reference watch = monitor(server);
    exit(server, "kill");
    detail::receive_down(watch, infinite);
    found = node.whereis("anna").has_value();
    listed = node.names().contains("anna");
    in_page = !node.names({.prefix = "anna", .names_max = 1}).empty();
  });
  EXPECT_FALSE(found);
  EXPECT_FALSE(listed);
  EXPECT_FALSE(in_page);
}

TEST_F(GlobalNames, AStartThatFindsTheNameTakenSaysByWhom) {
  const Supervisor first = supervise(0);
  ASSERT_TRUE(cluster.run_until([&] { return all_find(process(first)); }, 10s));
  Node& node = cluster.node(1);
  StartOptions options;
  options.register_as = node.registration("anna");
  const auto second = Where::start(node, options, node.name());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code(), ErrorCode::already_exists);
  EXPECT_NE(second.error().text().find("node0"), std::string::npos) << second.error().text();
  EXPECT_EQ(node.whereis("anna"), process(first));
}

TEST_F(GlobalNames, AStartThatFailsGivesItsOwnNameBackAndNoOther) {
  Node& node = cluster.node(1);
  StartOptions options;
  options.register_as = node.registration("anna");
  EXPECT_FALSE(Where::start(node, options, node.name(), false));
  EXPECT_FALSE(node.whereis("anna"));
  const auto server = Where::start(node, options, node.name()).value();
  node.registration("anna").give_back(Pid{node.id().boot, 1, 1});
  EXPECT_EQ(node.whereis("anna"), server.pid());
}

TEST_F(GlobalNames, TheLoserOfAConflictIsToldAndStandsByUntilTheNameIsFree) {
  const Backoff patient{.first = 2s, .factor = 1, .max = 2s, .jitter = 0};
  cluster.split({0});
  ASSERT_TRUE(cluster.run_until([&] { return cluster.node(1).members().size() > 0; }, 1s));
  cluster.run_for(20s);
  const Supervisor left = supervise(0, patient);
  const Supervisor right = supervise(1, patient);
  const Pid left_first = process(left);
  const Pid right_first = process(right);
  cluster.run_for(10s);
  cluster.heal();
  ASSERT_TRUE(cluster.run_until(
      [&] {
        return cluster.node(0).system().is_alive(left_first) !=
               cluster.node(1).system().is_alive(right_first);
      },
      60s));
  const bool left_won = cluster.node(0).system().is_alive(left_first);
  const std::size_t winner = left_won ? 0 : 1;
  const Supervisor& loser = left_won ? right : left;
  EXPECT_NE(cluster.event_log().find("held by another node"), std::string::npos);
  cluster.run_for(60s);
  EXPECT_TRUE(loser.children().value().front().restarting);
  EXPECT_TRUE(all_find(left_won ? left_first : right_first));
  cluster.kill(winner);
  ASSERT_TRUE(cluster.run_until([&] { return loser.child_pid("anna").has_value(); }, 60s));
  EXPECT_TRUE(cluster.run_until([&] { return all_find(process(loser)); }, 10s));
}

}  // namespace
}  // namespace kith
