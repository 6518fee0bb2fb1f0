// SPDX-License-Identifier: Apache-2.0
#include "supervision/dynamic_supervisor.hpp"

#include "tests/supervision/probe.hpp"

namespace kith {
namespace {

using namespace std::chrono_literals;

class DynamicSupervisorTest : public SupervisionTest {
 protected:
  DynamicSupervisor start(DynamicSupervisorOptions options = {}) {
    return DynamicSupervisor::start_link(system, std::move(options)).value();
  }
};

TEST_F(DynamicSupervisorTest, StartsAndTerminatesChildren) {
  const DynamicSupervisor supervisor = start();
  const Pid first = supervisor.start_child(probe("a")).value();
  EXPECT_TRUE(supervisor.start_child(probe("a")));
  EXPECT_EQ(supervisor.count().value().active, 2U);
  EXPECT_TRUE(supervisor.terminate_child(first));
  EXPECT_FALSE(system.is_alive(first));
  EXPECT_EQ(supervisor.count().value().active, 1U);
  EXPECT_EQ(supervisor.terminate_child(first).error().code(), ErrorCode::not_found);
}

TEST_F(DynamicSupervisorTest, RefusesMoreThanItsMaximumWithoutCallingTheStart) {
  const DynamicSupervisor supervisor = start({.max_children = 1});
  const Pid first = supervisor.start_child(probe("a")).value();
  happened();
  EXPECT_EQ(supervisor.start_child(probe("b")).error().code(), ErrorCode::overloaded);
  EXPECT_EQ(happened(), Texts{});
  EXPECT_TRUE(supervisor.terminate_child(first));
  EXPECT_TRUE(supervisor.start_child(probe("b")));
}

TEST_F(DynamicSupervisorTest, RestartsByTypeAndForgetsTheOthers) {
  const DynamicSupervisor supervisor = start();
  tell(supervisor.start_child(probe("a", Restart::permanent)).value(), Crash{});
  tell(supervisor.start_child(probe("b", Restart::temporary)).value(), Crash{});
  tell(supervisor.start_child(probe("c", Restart::transient)).value(), End{"normal"});
  const auto children = supervisor.children().value();
  ASSERT_EQ(children.size(), 1U);
  EXPECT_EQ(children[0].id, "a");
  EXPECT_TRUE(system.is_alive(children[0].pid));
}

TEST_F(DynamicSupervisorTest, AFailedRestartIsTriedAgainUntilTheIntensityIsExceeded) {
  const DynamicSupervisor supervisor = start({.max_restarts = 3});
  const auto failing = std::make_shared<int>(0);
  const Pid pid = supervisor.start_child(probe("a", {}, {.failing_starts = failing})).value();
  happened();
  *failing = 2;
  kill(pid);
  EXPECT_EQ(happened(), (Texts{"a failed", "a failed", "a started"}));
  kill(supervisor.children().value()[0].pid);
  EXPECT_FALSE(system.is_alive(supervisor.pid()));
}

TEST_F(DynamicSupervisorTest, StopsAllChildrenAtOnceAndKillsThoseThatTakeTooLong) {
  const DynamicSupervisor supervisor = start();
  for (const Duration takes : {Duration(1s), Duration(2s), Duration(1h)}) {
    const std::string id = "takes " + std::to_string(takes / 1s);
    EXPECT_TRUE(supervisor.start_child(probe(id, {}, {.traps = true, .terminate_takes = takes})));
  }
  happened();
  const TimePoint before = clock.now();
  EXPECT_TRUE(supervisor.stop());
  EXPECT_EQ(clock.now() - before, 5s);
  EXPECT_EQ(happened(), (Texts{"takes 1 ended shutdown", "takes 2 ended shutdown"}));
  EXPECT_EQ(system.processes().size(), 1U);
}

TEST_F(DynamicSupervisorTest, AFailedStartAddsNothing) {
  const DynamicSupervisor supervisor = start();
  const auto failing = std::make_shared<int>(1);
  EXPECT_FALSE(supervisor.start_child(probe("a", {}, {.failing_starts = failing})));
  EXPECT_EQ(supervisor.count().value(), ChildCounts{});
}

}  // namespace
}  // namespace kith
