// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "actor/gen_server.hpp"
#include "actor/internal/link_set.hpp"
#include "actor/process.hpp"

namespace kith {
namespace {

using namespace std::chrono_literals;

class Messages : public testing::Test {
 protected:
  ManualClock clock_;
  System system_{{.workers = 0, .clock = &clock_}};
};

TEST_F(Messages, AnAliasWorksUntilItIsRemoved) {
  system_.run([this] {
    const Alias alias = make_alias();
    EXPECT_TRUE(send(alias, 1));
    EXPECT_EQ(receive<int>().value(), 1);
    EXPECT_TRUE(remove_alias(alias));
    EXPECT_TRUE(send(alias, 2));
    sleep_for(1ms);
    EXPECT_EQ(system_.message_queue_length(self()), 0U);
    EXPECT_FALSE(remove_alias(alias));
  });
}

TEST_F(Messages, AMessageThatIsHandledDoesNotWait) {
  struct Count {};
  std::optional<std::size_t> waiting;
  const Pid pid = spawn(system_, [&] {
    static_cast<void>(receive<Count>());
    waiting = system_.message_queue_length(self());
  });
  ASSERT_TRUE(send(system_, pid, Count{}));
  ASSERT_TRUE(send(system_, pid, 1));
  system_.run_until_idle();
  EXPECT_EQ(waiting, 1U) << "the first one is taken";
}

TEST_F(Messages, AnAliasForOneReplyTakesOneMessage) {
  system_.run([] {
    const Alias alias = make_alias(true);
    EXPECT_TRUE(send(alias, 1));
    EXPECT_TRUE(send(alias, 2));
    EXPECT_EQ(receive<int>().value(), 1);
    EXPECT_FALSE(receive<int>(1ms));
  });
}

TEST_F(Messages, AMessageIsChosenByItsContent) {
  system_.run([] {
    for (const int value : {1, 2, 3}) EXPECT_TRUE(send(self(), value));
    EXPECT_EQ(receive_where<int>([](int value) { return value > 1; }).value(), 2);
    EXPECT_EQ(receive<int>().value(), 1);
    EXPECT_EQ(receive<int>().value(), 3);
  });
}

TEST_F(Messages, ATimerTellsHowLongItWillTake) {
  system_.run([] {
    const Timer timer = send_after(100ms, self(), 1);
    sleep_for(40ms);
    EXPECT_EQ(time_left(timer), 60ms);
    EXPECT_TRUE(cancel_timer(timer));
    EXPECT_FALSE(time_left(timer));
  });
}

TEST_F(Messages, AProcessHasAtMostOneName) {
  system_.run([this] {
    EXPECT_TRUE(system_.register_name("one", self()));
    EXPECT_EQ(system_.register_name("two", self()).error().code(), ErrorCode::already_exists);
    EXPECT_EQ(system_.name_of(self()), "one");
    EXPECT_TRUE(system_.unregister_name("one"));
    EXPECT_TRUE(system_.register_name("two", self()));
  });
}

TEST_F(Messages, ProcessesRunInTheOrderInWhichTheyWereWoken) {
  std::vector<int> order;
  system_.run([&] {
    std::vector<Pid> sleepers;
    for (int i = 0; i < 4; ++i) {
      sleepers.push_back(spawn([&order, i] {
        static_cast<void>(receive<int>());
        order.push_back(i);
      }));
    }
    sleep_for(1ms);
    for (const Pid pid : sleepers) EXPECT_TRUE(send(pid, 0));
    sleep_for(1ms);
  });
  EXPECT_EQ(order, (std::vector<int>{0, 1, 2, 3}));
}

TEST_F(Messages, ACallToNoProcessFailsAtOnce) {
  struct Ask {
    using Reply = int;
  };
  const ServerRef<Protocol<Ask>> nobody(&system_, Pid{});
  const TimePoint begin = clock_.now();
  EXPECT_EQ(call(nobody, Ask{}).error().code(), ErrorCode::no_process);
  EXPECT_EQ(clock_.now(), begin);
}

struct Nothing {};
using Plain = Protocol<Nothing>;

class Idle : public GenServer<Idle, Plain> {
 public:
  Then init() { return ignore_start(); }
  void handle_cast(const Nothing&) {}
};

TEST_F(Messages, AServerWithNothingToDoLeavesNoProcess) {
  const std::size_t before = system_.processes().size();
  const auto started = Idle::start_link(system_);
  ASSERT_TRUE(started);
  EXPECT_FALSE(started->pid());
  system_.run_until_idle();
  EXPECT_EQ(system_.processes().size(), before);
}

class Clumsy : public GenServer<Clumsy, Plain> {
 public:
  void handle_cast(const Nothing&) {}
  void terminate(const ExitReason&) { exit("clumsy"); }
};

TEST_F(Messages, AnErrorInTerminateBecomesTheReason) {
  const auto server = Clumsy::start_link(system_).value();
  const auto stopped = stop_server(server);
  ASSERT_NE(stopped.error().reason(), nullptr);
  EXPECT_EQ(*stopped.error().reason(), Value("clumsy"));
}

TEST_F(Messages, AFailedLinkedStartReachesTheStarter) {
  class Failing : public GenServer<Failing, Plain> {
   public:
    Then init() { return stop("no"); }
    void handle_cast(const Nothing&) {}
  };
  system_.run([] {
    trap_exits(true);
    EXPECT_EQ(*Failing::start_link().error().reason(), Value("no"));
    EXPECT_EQ(receive<Exit>().value().reason, Value("no"));
  });
}

TEST(LinkSet, KeepsTheOrderOfManyWhileSomeGo) {
  detail::LinkSet links;
  for (std::uint32_t i = 1; i <= 100; ++i) links.add({1, i, 1});
  for (std::uint32_t i = 1; i <= 100; i += 2) links.remove({1, i, 1});
  links.add({1, 2, 1});
  const std::vector<Pid> all = links.all();
  ASSERT_EQ(all.size(), 50U);
  for (std::size_t i = 0; i < all.size(); ++i) EXPECT_EQ(all[i].index, 2 * (i + 1));
  EXPECT_FALSE(links.contains({1, 1, 1}));
  EXPECT_TRUE(links.contains({1, 100, 1}));
}

}  // namespace
}  // namespace kith
