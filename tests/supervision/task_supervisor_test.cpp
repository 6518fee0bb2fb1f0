// SPDX-License-Identifier: Apache-2.0
#include "supervision/task_supervisor.hpp"

#include "tests/supervision/probe.hpp"

namespace kith {
namespace {

using namespace std::chrono_literals;

class TaskSupervisorTest : public SupervisionTest {
 protected:
  TaskSupervisor tasks = TaskSupervisor::start_link(system, {.max_children = 3}).value();
};

TEST_F(TaskSupervisorTest, TheOwnerAwaitsTheResult) {
  system.run([&] {
    auto linked = tasks.async([] { return 7; }).value();
    auto other = tasks.async_nolink([] { return std::make_unique<int>(8); }).value();
    EXPECT_EQ(linked.await().value(), 7);
    EXPECT_EQ(*other.await().value(), 8);
  });
  EXPECT_TRUE(tasks.children().value().empty());
}

TEST_F(TaskSupervisorTest, ACrashOfATaskWithoutLinkIsOnlyAnError) {
  system.run([&] {
    auto task = tasks.async_nolink([]() -> int { throw std::runtime_error("broken"); }).value();
    auto other = tasks.async_nolink([] { return (sleep_for(1s), 1); }).value();
    EXPECT_EQ(task.await().error().code(), ErrorCode::crashed);
    EXPECT_EQ(other.await().value(), 1);
  });
  EXPECT_TRUE(system.is_alive(tasks.pid()));
}

TEST_F(TaskSupervisorTest, AnAwaitedTaskIsNeverRestartedWhateverItsOptionsSay) {
  for (const Restart restart : {Restart::temporary, Restart::transient, Restart::permanent}) {
    int runs = 0;
    system.run([&] {
      auto fails = [&runs, once = std::make_unique<int>(1)]() -> int {
        runs += *once;
        throw std::runtime_error("broken");
      };
      auto task =
          tasks.async_nolink(std::move(fails), {.restart = restart, .shutdown = {}}).value();
      EXPECT_EQ(task.await().error().code(), ErrorCode::crashed);
      auto done = tasks.async_nolink([] { return 1; }, {.restart = restart, .shutdown = {}});
      EXPECT_EQ(done->await().value(), 1);
      trap_exits(true);
      auto linked = tasks.async([] { return 2; }, {.restart = restart, .shutdown = {}});
      EXPECT_EQ(linked->await().value(), 2);
      sleep_for(1s);
    });
    EXPECT_EQ(runs, 1);
    EXPECT_TRUE(tasks.children().value().empty());
    EXPECT_TRUE(system.is_alive(tasks.pid()));
  }
}

TEST_F(TaskSupervisorTest, AFailingTaskOfAStreamWithoutLinksIsAnErrorInItsPlaceOnly) {
  const std::vector<int> items{1, 2, 3};
  const auto fails_at_two = [](int item) {
    if (item == 2) throw std::runtime_error("broken");
    return item * 10;
  };
  bool linked_caller_lives_on = false;
  system.run([&] {
    const auto results = tasks.async_stream_nolink(items, fails_at_two).value();
    ASSERT_EQ(results.size(), 3U);
    EXPECT_EQ(results[0].value(), 10);
    EXPECT_EQ(results[1].error().code(), ErrorCode::crashed);
    EXPECT_EQ(results[2].value(), 30);
  });
  spawn(system, [&] {
    static_cast<void>(tasks.async_stream(items, fails_at_two));
    linked_caller_lives_on = true;
  });
  system.run_until_idle();
  EXPECT_FALSE(linked_caller_lives_on);
  EXPECT_TRUE(tasks.children().value().empty());
}

TEST_F(TaskSupervisorTest, ACrashOfALinkedTaskEndsItsOwner) {
  const Pid owner = spawn(system, [&] {
    auto task = tasks.async([]() -> int { throw std::runtime_error("broken"); }).value();
    sleep_for(1h);
  });
  system.run_until_idle();
  EXPECT_FALSE(system.is_alive(owner));
  EXPECT_TRUE(system.is_alive(tasks.pid()));
}

TEST_F(TaskSupervisorTest, ALinkedTaskEndsWithItsOwnerAndAnotherDoesNot) {
  const Pid owner = spawn(system, [&] {
    auto linked = tasks.async([] { sleep_for(1h); }).value();
    auto other = tasks.async_nolink([] { sleep_for(1h); }).value();
    sleep_for(1h);
  });
  system.run_until_idle();
  EXPECT_EQ(tasks.children().value().size(), 2U);
  kill(owner);
  EXPECT_EQ(tasks.children().value().size(), 1U);
}

TEST_F(TaskSupervisorTest, RefusesMoreTasksThanItsMaximum) {
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(tasks.start_child([] { sleep_for(1s); }));
  EXPECT_EQ(tasks.start_child([] {}).error().code(), ErrorCode::overloaded);
  system.run(
      [&] { EXPECT_EQ(tasks.async([] { return 1; }).error().code(), ErrorCode::overloaded); });
  system.advance(1s);
  EXPECT_TRUE(tasks.start_child([] {}));
}

TEST_F(TaskSupervisorTest, StoppingItEndsItsTasks) {
  const Pid task = tasks.start_child([] { sleep_for(1h); }).value();
  EXPECT_EQ(tasks.children().value(), std::vector{task});
  EXPECT_TRUE(tasks.stop());
  EXPECT_FALSE(system.is_alive(task));
  EXPECT_EQ(tasks.start_child([] {}).error().code(), ErrorCode::no_process);
}

TEST_F(TaskSupervisorTest, ATaskIsTerminatedAlone) {
  const Pid task = tasks.start_child([] { sleep_for(1h); }).value();
  EXPECT_TRUE(tasks.terminate_child(task));
  EXPECT_FALSE(system.is_alive(task));
  EXPECT_EQ(tasks.terminate_child(task).error().code(), ErrorCode::not_found);
}

}  // namespace
}  // namespace kith
