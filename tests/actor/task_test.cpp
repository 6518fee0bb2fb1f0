// SPDX-License-Identifier: Apache-2.0
#include "actor/task.hpp"

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "actor/gen_server.hpp"

namespace kith {
namespace {

using namespace std::chrono_literals;

class Tasks : public testing::Test {
 protected:
  ManualClock clock_;
  System system_{{.workers = 0, .clock = &clock_}};
};

int after(Duration duration, int value) {
  sleep_for(duration);
  return value;
}

TEST_F(Tasks, TheResultAndTheEndOfATaskAreMessages) {
  system_.run([] {
    const auto task = async_nolink([] { return 7; });
    const auto result = receive<TaskResult<int>>().value();
    EXPECT_EQ(result.value, 7);
    EXPECT_EQ(result.task, task.reference());
    EXPECT_EQ(receive<Down>().value().reason, Value("normal"));
  });
}

TEST_F(Tasks, AwaitLeavesNothingInTheMailbox) {
  system_.run([this] {
    auto task = async([] { return 7; });
    EXPECT_EQ(task.await().value(), 7);
    sleep_for(1ms);
    EXPECT_EQ(system_.message_queue_length(self()), 0U);
  });
}

TEST_F(Tasks, ALateResultIsDropped) {
  system_.run([this] {
    auto task = async([] { return after(100ms, 7); });
    EXPECT_EQ(task.await(10ms).error().code(), ErrorCode::timeout);
    sleep_for(200ms);
    EXPECT_EQ(system_.message_queue_length(self()), 0U);
  });
}

TEST_F(Tasks, ACrashTellsItsReason) {
  system_.run([] {
    auto task = async_nolink([]() -> int { exit(Value::array({"disk", "full"})); });
    const auto result = task.await();
    EXPECT_EQ(result.error().code(), ErrorCode::crashed);
    ASSERT_NE(result.error().reason(), nullptr);
    EXPECT_EQ(*result.error().reason(), Value::array({"disk", "full"}));
  });
}

TEST_F(Tasks, AnIgnoredTaskGoesOnWithoutALink) {
  auto done = std::make_shared<bool>(false);
  system_.run([&] {
    auto task = async([done] {
      sleep_for(10ms);
      *done = true;
    });
    EXPECT_FALSE(task.ignore().has_value());
    EXPECT_TRUE(links().empty());
  });
  system_.advance(20ms);
  EXPECT_TRUE(*done);
}

TEST_F(Tasks, ATaskThatDoesNotEndInTimeIsKilled) {
  system_.run([this] {
    const TimePoint begin = clock_.now();
    auto task = async_nolink([] {
      trap_exits(true);
      for (;;) sleep_for(1h);
    });
    sleep_for(1ms);
    const auto ended = task.shutdown(100ms);
    ASSERT_TRUE(ended.has_value());
    EXPECT_EQ(*ended->error().reason(), Value("killed"));
    EXPECT_EQ(clock_.now() - begin, 101ms);
  });
}

TEST_F(Tasks, AwaitManyFailsWithTheFirstFailure) {
  system_.run([this] {
    std::vector<Task<int>> tasks;
    tasks.push_back(async_nolink([] { return after(1h, 1); }));
    tasks.push_back(async_nolink([]() -> int { throw std::runtime_error("broken"); }));
    const TimePoint begin = clock_.now();
    const auto results = await_many(tasks, infinite);
    EXPECT_EQ(*results.error().reason(), Value::array({"raise", "broken"}));
    EXPECT_EQ(clock_.now(), begin) << "the slow one is not waited for";
  });
}

TEST_F(Tasks, ACompletedTaskHasItsResultAtOnce) {
  system_.run([] {
    auto task = Task<int>::completed(7);
    EXPECT_EQ(task.yield(0ms)->value(), 7);
  });
}

TEST_F(Tasks, AStreamGivesResultsAsTheyComeWhenOrderIsNotWanted) {
  const std::vector<int> items{30, 10, 20};
  const auto results = async_stream(
      system_, items, [](int item) { return after(std::chrono::milliseconds(item), item); },
      {.max_concurrency = 3, .ordered = false});
  ASSERT_EQ(results.value().size(), 3U);
  EXPECT_EQ(results.value()[0].value(), 10);
  EXPECT_EQ(results.value()[2].value(), 30);
}

TEST_F(Tasks, AStreamThatGivesUpEndsItsTasks) {
  const std::vector<int> items{1, 2};
  const std::size_t before = system_.processes().size();
  const auto results = async_stream(system_, items, [](int item) { return after(1h, item); },
                                    {.max_concurrency = 2, .timeout = 10ms});
  EXPECT_EQ(results.error().code(), ErrorCode::timeout);
  system_.run_until_idle();
  EXPECT_EQ(system_.processes().size(), before);
}

TEST_F(Tasks, AFailingTaskOfALinkedStreamTakesTheOwnerAlong) {
  bool reached = false;
  const Pid owner = spawn(system_, [&] {
    static_cast<void>(async_stream(std::vector<int>{1}, [](int) -> int { exit("bad"); }));
    reached = true;
  });
  system_.run_until_idle();
  EXPECT_FALSE(system_.is_alive(owner));
  EXPECT_FALSE(reached);
}

TEST_F(Tasks, ADroppedStreamKillsWhatStillRuns) {
  const std::size_t before = system_.processes().size();
  system_.run([] {
    const std::vector<int> items{0, 1, 2};
    TaskStream stream(items.begin(), items.end(), [](int item) { return after(item * 1h, item); },
                      {.max_concurrency = 3});
    EXPECT_EQ(stream.next().value()->result.value(), 0);
  });
  system_.run_until_idle();
  EXPECT_EQ(system_.processes().size(), before);
}

}  // namespace
}  // namespace kith
