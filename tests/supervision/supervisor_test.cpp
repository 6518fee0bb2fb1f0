// SPDX-License-Identifier: Apache-2.0
#include "supervision/supervisor.hpp"

#include <functional>

#include "actor/server_control.hpp"
#include "supervision/dynamic_supervisor.hpp"
#include "supervision/list_children.hpp"
#include "tests/supervision/probe.hpp"

namespace kith {
namespace {

using namespace std::chrono_literals;

class SupervisorTest : public SupervisionTest {
 protected:
  Supervisor start(std::vector<ChildSpec> children, SupervisorOptions options = {}) {
    return Supervisor::start_link(system, std::move(children), std::move(options)).value();
  }
  Supervisor three(Strategy strategy, Restart second = Restart::permanent) {
    const Supervisor supervisor =
        start({probe("a"), probe("b", second), probe("c")}, {.strategy = strategy});
    happened();
    return supervisor;
  }
  bool runs(const Supervisor& supervisor, const std::string& id) {
    return supervisor.child_pid(id).has_value();
  }
};

TEST_F(SupervisorTest, StartsItsChildrenInOrderAndStopsThemInReverse) {
  const Supervisor supervisor =
      start({probe("a", {}, {.traps = true}), probe("b", {}, {.traps = true})});
  EXPECT_EQ(happened(), (Texts{"a started", "b started"}));
  EXPECT_TRUE(supervisor.stop());
  EXPECT_EQ(happened(), (Texts{"b ended shutdown", "a ended shutdown"}));
  EXPECT_EQ(supervisor.count().error().code(), ErrorCode::no_process);
}

TEST_F(SupervisorTest, RestartsAPermanentChildThatCrashed) {
  const Supervisor supervisor = start({probe("a")});
  const Pid before = supervisor.child_pid("a").value();
  tell(before, Crash{});
  const Pid after = supervisor.child_pid("a").value();
  EXPECT_NE(before, after);
  EXPECT_TRUE(system.is_alive(after));
}

TEST_F(SupervisorTest, RestartsAPermanentChildThatEndedNormally) {
  const Supervisor supervisor = start({probe("a")});
  tell(supervisor.child_pid("a").value(), End{"normal"});
  EXPECT_TRUE(runs(supervisor, "a"));
}

TEST_F(SupervisorTest, RestartsATransientChildOnlyAfterACrash) {
  const Supervisor supervisor = start({probe("a", Restart::transient)});
  tell(supervisor.child_pid("a").value(), Crash{});
  EXPECT_TRUE(runs(supervisor, "a"));
  tell(supervisor.child_pid("a").value(), End{ValueArray{"shutdown", "done"}});
  EXPECT_EQ(supervisor.child_pid("a").error().code(), ErrorCode::no_process);
  EXPECT_EQ(supervisor.count().value(), (ChildCounts{.specs = 1, .active = 0, .workers = 1}));
}

TEST_F(SupervisorTest, ForgetsATemporaryChildThatEnded) {
  const Supervisor supervisor = start({probe("a", Restart::temporary)});
  tell(supervisor.child_pid("a").value(), Crash{});
  EXPECT_EQ(supervisor.count().value(), ChildCounts{});
}

TEST_F(SupervisorTest, OneForOneLeavesTheOtherChildrenAlone) {
  const Supervisor supervisor = three(Strategy::one_for_one);
  tell(supervisor.child_pid("b").value(), Crash{});
  EXPECT_EQ(happened(), (Texts{"b ended ?", "b started"}));
}

TEST_F(SupervisorTest, OneForAllRestartsEveryChild) {
  const Supervisor supervisor = three(Strategy::one_for_all);
  const auto before = supervisor.children().value();
  kill(before[1].pid);
  EXPECT_EQ(happened(), (Texts{"a started", "b started", "c started"}));
  EXPECT_FALSE(system.is_alive(before[0].pid));
  EXPECT_FALSE(system.is_alive(before[2].pid));
}

TEST_F(SupervisorTest, RestForOneRestartsTheChildAndThoseAfterIt) {
  const Supervisor supervisor = three(Strategy::rest_for_one);
  const auto before = supervisor.children().value();
  kill(before[1].pid);
  EXPECT_EQ(happened(), (Texts{"b started", "c started"}));
  EXPECT_EQ(supervisor.child_pid("a").value(), before[0].pid);
  EXPECT_FALSE(system.is_alive(before[2].pid));
}

TEST_F(SupervisorTest, ATemporaryChildThatWasStoppedForOthersIsForgotten) {
  const Supervisor supervisor = three(Strategy::one_for_all, Restart::temporary);
  kill(supervisor.child_pid("a").value());
  EXPECT_EQ(happened(), (Texts{"a started", "c started"}));
  EXPECT_FALSE(runs(supervisor, "b"));
}

TEST_F(SupervisorTest, ChildrenThatCrashTogetherAreRestartedOnce) {
  const Supervisor supervisor = three(Strategy::one_for_all);
  const auto before = supervisor.children().value();
  system.run([&] {
    for (const ChildInfo& each : before) kith::exit(each.pid, "kill");
  });
  EXPECT_EQ(happened(), (Texts{"a started", "b started", "c started"}));
}

TEST_F(SupervisorTest, KillsAChildThatDoesNotEndInItsTime) {
  ChildSpec slow = probe("a", {}, {.traps = true, .terminate_takes = 10s});
  slow.shutdown = 2s;
  const Supervisor supervisor = start({slow});
  happened();
  const TimePoint before = clock.now();
  EXPECT_TRUE(supervisor.terminate_child("a"));
  EXPECT_EQ(clock.now() - before, 2s);
  EXPECT_EQ(happened(), Texts{});
}

TEST_F(SupervisorTest, WaitsForEverWhenTheTimeIsInfinite) {
  ChildSpec slow = probe("a", {}, {.traps = true, .terminate_takes = 1h});
  slow.shutdown = infinite;
  const Supervisor supervisor = start({slow});
  happened();
  EXPECT_TRUE(supervisor.stop());
  EXPECT_EQ(happened(), Texts{"a ended shutdown"});
}

TEST_F(SupervisorTest, ABrutalKillDoesNotAsk) {
  ChildSpec spec = probe("a", {}, {.traps = true});
  spec.shutdown = brutal_kill;
  const Supervisor supervisor = start({spec});
  happened();
  EXPECT_TRUE(supervisor.stop());
  EXPECT_EQ(happened(), Texts{});
}

TEST_F(SupervisorTest, EndsWithShutdownWhenRestartsAreTooFrequent) {
  const Supervisor supervisor =
      start({probe("other", {}, {.traps = true}), probe("a")}, {.max_restarts = 2, .within = 5s});
  for (int i = 0; i < 2; ++i) kill(supervisor.child_pid("a").value());
  const Pid last = supervisor.child_pid("a").value();
  happened();
  system.run([&] {
    const Reference watch = monitor(supervisor.pid());
    kith::exit(last, "kill");
    EXPECT_EQ(detail::receive_down(watch, 1s)->reason, Value("shutdown"));
  });
  EXPECT_EQ(happened(), Texts{"other ended shutdown"});
}

TEST_F(SupervisorTest, OldRestartsDoNotCount) {
  const Supervisor supervisor = start({probe("a")}, {.max_restarts = 1, .within = 5s});
  for (int i = 0; i < 10; ++i) {
    kill(supervisor.child_pid("a").value());
    system.advance(5001ms);
  }
  EXPECT_TRUE(runs(supervisor, "a"));
}

TEST_F(SupervisorTest, AFailedRestartIsCountedAndTriedAgain) {
  const auto failing = std::make_shared<int>(0);
  const Supervisor supervisor = start({probe("a", {}, {.failing_starts = failing})});
  happened();
  *failing = 2;
  kill(supervisor.child_pid("a").value());
  EXPECT_EQ(happened(), (Texts{"a failed", "a failed", "a started"}));
  *failing = 1;
  kill(supervisor.child_pid("a").value());
  EXPECT_EQ(supervisor.count().error().code(), ErrorCode::no_process);
}

TEST_F(SupervisorTest, AFailedRestartOfOneForAllStartsAllAgain) {
  const auto failing = std::make_shared<int>(0);
  const Supervisor supervisor =
      start({probe("a"), probe("b", {}, {.failing_starts = failing}), probe("c")},
            {.strategy = Strategy::one_for_all});
  happened();
  *failing = 1;
  kill(supervisor.child_pid("c").value());
  EXPECT_EQ(happened(), (Texts{"a started", "b failed", "a started", "b started", "c started"}));
}

TEST_F(SupervisorTest, AFailingStartStopsTheChildrenBeforeIt) {
  const auto failing = std::make_shared<int>(1);
  const auto started = Supervisor::start_link(
      system,
      {probe("a", {}, {.traps = true}), probe("b", {}, {.failing_starts = failing}), probe("c")});
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code(), ErrorCode::crashed);
  EXPECT_NE(started.error().text().find(R"("failed_to_start_child","b")"), std::string::npos)
      << started.error().text();
  EXPECT_EQ(happened(), (Texts{"a started", "b failed", "a ended shutdown"}));
}

TEST_F(SupervisorTest, AStartFunctionThatThrowsIsAFailedStart) {
  ChildSpec spec;
  spec.id = "a";
  spec.start = []() -> Result<Pid> { throw std::runtime_error("broken"); };
  const auto started = Supervisor::start_link(system, {spec});
  ASSERT_FALSE(started);
  EXPECT_NE(started.error().text().find("broken"), std::string::npos);
}

TEST_F(SupervisorTest, RefusesSpecificationsThatAreWrong) {
  EXPECT_EQ(Supervisor::start_link(system, {probe("a"), probe("a")}).error().code(),
            ErrorCode::already_exists);
  EXPECT_EQ(Supervisor::start_link(system, {ChildSpec{.id = "a"}}).error().code(),
            ErrorCode::invalid_argument);
  EXPECT_EQ(Supervisor::start_link(system, {probe("")}).error().code(),
            ErrorCode::invalid_argument);
}

TEST_F(SupervisorTest, AddsAChildOnce) {
  const Supervisor supervisor = start({});
  const Pid pid = supervisor.start_child(probe("a")).value();
  EXPECT_EQ(supervisor.child_pid("a").value(), pid);
  EXPECT_EQ(supervisor.start_child(probe("a")).error().code(), ErrorCode::already_exists);
  EXPECT_TRUE(supervisor.terminate_child("a"));
  EXPECT_EQ(supervisor.start_child(probe("a")).error().code(), ErrorCode::already_exists);
}

TEST_F(SupervisorTest, AFailedStartOfANewChildAddsNothing) {
  const Supervisor supervisor = start({});
  const auto failing = std::make_shared<int>(1);
  EXPECT_EQ(supervisor.start_child(probe("a", {}, {.failing_starts = failing})).error().code(),
            ErrorCode::crashed);
  EXPECT_EQ(supervisor.count().value(), ChildCounts{});
}

TEST_F(SupervisorTest, TerminatesRestartsAndDeletesAChild) {
  const Supervisor supervisor = start({probe("a")});
  EXPECT_EQ(supervisor.restart_child("a").error().code(), ErrorCode::conflict);
  EXPECT_EQ(supervisor.delete_child("a").error().code(), ErrorCode::conflict);
  EXPECT_TRUE(supervisor.terminate_child("a"));
  EXPECT_TRUE(supervisor.terminate_child("a"));
  EXPECT_FALSE(runs(supervisor, "a"));
  EXPECT_TRUE(supervisor.restart_child("a"));
  EXPECT_TRUE(runs(supervisor, "a"));
  EXPECT_TRUE(supervisor.terminate_child("a"));
  EXPECT_EQ(supervisor.spec("a").value().id, "a");
  EXPECT_TRUE(supervisor.delete_child("a"));
  for (const auto& result : {supervisor.terminate_child("a"), supervisor.delete_child("a")}) {
    EXPECT_EQ(result.error().code(), ErrorCode::not_found);
  }
  EXPECT_EQ(supervisor.restart_child("a").error().code(), ErrorCode::not_found);
  EXPECT_EQ(supervisor.spec("a").error().code(), ErrorCode::not_found);
}

TEST_F(SupervisorTest, ASupervisorIsAChildOfAnother) {
  const Supervisor top = start({Supervisor::child("inner", {probe("a", {}, {.traps = true})},
                                                  {.max_restarts = 0, .name = "inner"})});
  const Supervisor inner(named<ProbeProtocol>(system, "inner"));
  EXPECT_EQ(top.count().value(), (ChildCounts{.specs = 1, .active = 1, .supervisors = 1}));
  const Pid before = top.child_pid("inner").value();
  kill(inner.child_pid("a").value());
  EXPECT_NE(top.child_pid("inner").value(), before);
  EXPECT_TRUE(runs(inner, "a"));
  happened();
  EXPECT_TRUE(top.stop());
  EXPECT_EQ(happened(), Texts{"a ended shutdown"});
}

TEST_F(SupervisorTest, EndsWithItsChildrenWhenItsParentEnds) {
  Pid child_pid;
  const Pid parent = spawn(system, [&] {
    child_pid = Supervisor::start_link({probe("a")}).value().child_pid("a").value();
    sleep_for(1h);
  });
  system.run_until_idle();
  EXPECT_TRUE(system.is_alive(child_pid));
  kill(parent);
  EXPECT_FALSE(system.is_alive(child_pid));
}

TEST_F(SupervisorTest, AStrangersExitSignalDoesNotEndIt) {
  const Supervisor supervisor = start({probe("a")});
  kith::exit(system, supervisor.pid(), "go away");
  EXPECT_TRUE(runs(supervisor, "a"));
}

TEST_F(SupervisorTest, AStartFunctionThatThrowsAnythingIsAFailedStartOnly) {
  const auto supervisor = Supervisor::start_link(system, {}).value();
  const auto dynamic = DynamicSupervisor::start_link(system).value();
  const std::vector<std::function<Result<Pid>()>> starts{
      []() -> Result<Pid> { throw std::runtime_error("broken"); },
      []() -> Result<Pid> { throw 42; },
      []() -> Result<Pid> { kith::exit("broken"); },
  };
  for (const auto& start : starts) {
    ChildSpec spec;
    spec.id = "bad";
    spec.start = start;
    EXPECT_EQ(supervisor.start_child(spec).error().code(), ErrorCode::crashed);
    EXPECT_EQ(dynamic.start_child(spec).error().code(), ErrorCode::crashed);
  }
  EXPECT_TRUE(supervisor.children().value().empty());
  EXPECT_TRUE(dynamic.children().value().empty());
}

TEST_F(SupervisorTest, ADynamicChildWhoseEndWasNotToldYetDoesNotRun) {
  const auto dynamic = DynamicSupervisor::start_link(system).value();
  const Pid child = dynamic.start_child(probe("b")).value();
  system.run([&] {
    // The supervisor gets the request before the exit signal of its child.
    EXPECT_TRUE(suspend_server(ServerAddress(&system, dynamic.pid())));
    exit(child, "kill");
    sleep_for(std::chrono::milliseconds(1));
    const auto children = detail::control_call<std::vector<ChildInfo>>(
        ServerAddress(&system, dynamic.pid()), detail::ListChildren{}, std::chrono::seconds(1));
    EXPECT_EQ(children.value().front().pid, Pid{});
    EXPECT_TRUE(resume_server(ServerAddress(&system, dynamic.pid())));
  });
}

}  // namespace
}  // namespace kith
