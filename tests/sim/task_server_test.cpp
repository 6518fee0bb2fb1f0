// SPDX-License-Identifier: Apache-2.0
#include "supervision/task_server.hpp"

#include <optional>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

#include "actor/multi_call.hpp"
#include "node/testing.hpp"

namespace kith {
namespace {

using namespace std::chrono_literals;

struct Shout {
  using Reply = std::string;
  std::string text;
  KITH_WIRE("shout", text)
};
struct Note {
  std::string text;
  KITH_WIRE("note", text)
};
using Shouts = TaskServer<Shout, Note>;

std::string shout(const Shout& request) {
  if (request.text.empty()) throw std::runtime_error("nothing to shout");
  sleep_for(1s);
  return request.text + "!";
}

/// Three nodes; the tasks run on the last one.
class TaskServers : public ::testing::Test {
 protected:
  testing::SimulatedCluster cluster{{.nodes = 3, .seed = testing::seed_from_environment(7)}};
  std::string notes;
  std::optional<Shouts::Ref> server;

  void SetUp() override {
    ASSERT_TRUE(cluster.run_until([&] { return cluster.converged(); }, 30s));
    TaskSupervisorOptions options;
    options.max_children = 3;
    options.name = "shouts";
    server =
        Shouts::start_link(cluster.node(2), StartOptions{}, options, shout, [&](const Note& n) {
          notes += n.text;
        }).value();
    ASSERT_TRUE(cluster.node(2).register_global("shouts", server->pid()));
    ASSERT_TRUE(
        cluster.run_until([&] { return cluster.node(0).whereis("shouts").has_value(); }, 30s));
  }
  auto remote() { return cluster.node(0).global<Shouts::Messages>("shouts"); }
  std::size_t running() {
    const TaskSupervisor tasks(
        ServerAddress(&cluster.node(2).system(), *cluster.node(2).system().whereis("shouts")));
    return tasks.children().value().size();
  }
};

TEST_F(TaskServers, RunTheTasksOfAnotherNodeAtTheSameTime) {
  std::vector<std::string> results;
  std::optional<Duration> took;
  spawn(cluster.node(0), [&] {
    const TimePoint begun = cluster.clock().now();
    for (const auto& each : multi_call(std::vector(3, remote()), Shout{"hey"}))
      results.push_back(each.value());
    took = cluster.clock().now() - begun;
  });
  ASSERT_TRUE(cluster.run_until([&] { return took.has_value(); }, 30s));
  EXPECT_EQ(results, std::vector<std::string>(3, "hey!"));
  EXPECT_LT(*took, 2s);
  EXPECT_EQ(running(), 0U);
}

TEST_F(TaskServers, ATaskThatThrowsIsAnErrorOfItsCallerAndTheServerGoesOn) {
  const auto failed = call(remote(), Shout{""});
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code(), ErrorCode::crashed);
  EXPECT_NE(failed.error().to_string().find("nothing to shout"), std::string::npos);
  EXPECT_EQ(call(remote(), Shout{"still"}).value(), "still!");
}

TEST_F(TaskServers, ATaskEndsWithTheProcessThatWaitsForIt) {
  const Pid caller =
      spawn(cluster.node(0), [&] { static_cast<void>(call(remote(), Shout{"hey"})); });
  ASSERT_TRUE(cluster.run_until([&] { return running() == 1; }, 500ms));
  exit(cluster.node(0), caller, "kill");
  EXPECT_TRUE(cluster.run_until([&] { return running() == 0; }, 200ms));
}

TEST_F(TaskServers, ATaskEndsWhenTheNodeOfItsCallerIsGone) {
  spawn(cluster.node(0), [&] { static_cast<void>(call(remote(), Shout{"hey"}, infinite)); });
  ASSERT_TRUE(cluster.run_until([&] { return running() == 1; }, 500ms));
  cluster.kill(0);
  EXPECT_TRUE(cluster.run_until([&] { return running() == 0; }, 60s));
}

TEST_F(TaskServers, RefuseMoreTasksThanTheirMaximum) {
  std::vector<ErrorCode> errors;
  bool done = false;
  spawn(cluster.node(0), [&] {
    for (const auto& each : multi_call(std::vector(5, remote()), Shout{"hey"})) {
      if (!each) errors.push_back(each.error().code());
    }
    done = true;
  });
  ASSERT_TRUE(cluster.run_until([&] { return done; }, 30s));
  EXPECT_EQ(errors, std::vector(2, ErrorCode::overloaded));
}

TEST_F(TaskServers, AMessageWithoutReplyIsATaskThatNobodyAwaits) {
  EXPECT_TRUE(cast(remote(), Note{"done"}));
  EXPECT_TRUE(cluster.run_until([&] { return notes == "done"; }, 5s));
}

}  // namespace
}  // namespace kith
