// SPDX-License-Identifier: Apache-2.0
#include "actor/server_control.hpp"

#include <chrono>
#include <memory>
#include <stdexcept>

#include <gtest/gtest.h>

#include "actor/event_state_machine.hpp"
#include "actor/gen_server.hpp"
#include "actor/system.hpp"

namespace kith {
namespace {

using namespace std::chrono_literals;

struct Add {
  int number;
};
struct Total {
  using Reply = int;
};

class Sum : public GenServer<Sum, Protocol<Add, Total>> {
 public:
  [[nodiscard]] int total() const { return total_; }
  void set_total(int total) { total_ = total; }
  void handle_cast(const Add& add) { total_ += add.number; }
  int handle_call(const Total&) const { return total_; }

 private:
  int total_ = 0;
};

class ServerControl : public ::testing::Test {
 protected:
  ManualClock clock_;
  System system_{{.workers = 0, .clock = &clock_}};
  Sum::Ref sum_ = Sum::start(system_).value();
};

TEST_F(ServerControl, ASuspendedServerHandlesNothingUntilItIsResumed) {
  EXPECT_TRUE(suspend_server(sum_));
  EXPECT_TRUE(cast(sum_, Add{1}));
  EXPECT_TRUE(cast(sum_, Add{2}));
  EXPECT_EQ(call(sum_, Total{}, 10ms).error().code(), ErrorCode::timeout);
  EXPECT_EQ(system_.message_queue_length(sum_.pid()), 3U);
  EXPECT_TRUE(resume_server(sum_));
  EXPECT_EQ(call(sum_, Total{}).value(), 3);
}

TEST_F(ServerControl, ASuspendedServerCanBeStopped) {
  EXPECT_TRUE(suspend_server(sum_));
  EXPECT_TRUE(cast(sum_, Add{1}));
  EXPECT_TRUE(stop_server(sum_));
  EXPECT_FALSE(system_.is_alive(sum_.pid()));
}

TEST_F(ServerControl, TheParentsEndReachesASuspendedServerThatTrapsExits) {
  class Trapping : public GenServer<Trapping, Protocol<Add>> {
   public:
    explicit Trapping(std::shared_ptr<bool> ended) : ended_(std::move(ended)) {}
    static void init() { trap_exits(true); }
    static void handle_cast(const Add&) {}
    void terminate(const ExitReason&) { *ended_ = true; }

   private:
    std::shared_ptr<bool> ended_;
  };
  auto ended = std::make_shared<bool>(false);
  spawn(system_, [ended] {
    const auto child = Trapping::start_link(ended).value();
    EXPECT_TRUE(suspend_server(child));
    exit("over");
  });
  system_.run_until_idle();
  EXPECT_TRUE(*ended);
}

TEST_F(ServerControl, TheStateOfASuspendedServerIsReadAndReplaced) {
  EXPECT_TRUE(suspend_server(sum_));
  EXPECT_TRUE(cast(sum_, Add{1}));
  EXPECT_EQ(Sum::get_state(sum_, &Sum::total).value(), 0);
  EXPECT_TRUE(Sum::replace_state(sum_, [](Sum& sum) { sum.set_total(41); }));
  EXPECT_TRUE(resume_server(sum_));
  EXPECT_EQ(call(sum_, Total{}).value(), 42);
}

TEST_F(ServerControl, AVisitorThatThrowsDoesNotEndTheServer) {
  const auto visited =
      Sum::get_state(sum_, [](const Sum&) -> int { throw std::runtime_error("no"); });
  EXPECT_EQ(visited.error().text(), "no");
  EXPECT_EQ(call(sum_, Total{}).value(), 0);
}

TEST_F(ServerControl, ResumingAServerThatIsNotSuspendedIsHarmless) {
  EXPECT_TRUE(resume_server(sum_));
  EXPECT_TRUE(cast(sum_, Add{4}));
  EXPECT_EQ(call(sum_, Total{}).value(), 4);
}

TEST_F(ServerControl, ASuspendedServerSeesToAnyNumberOfRequestsToItself) {
  EXPECT_TRUE(suspend_server(sum_));
  int answers = 0;
  for (int i = 0; i < 100; ++i) {
    spawn(system_, [&] { answers += Sum::get_state(sum_, &Sum::total, 1s) ? 1 : 0; });
  }
  system_.run_until_idle();
  EXPECT_EQ(answers, 100);
  EXPECT_TRUE(resume_server(sum_, 1s));
}

struct Tick {};
class Ticks : public EventStateMachine<Ticks, Protocol<Tick>, int, int> {
 public:
  Step init() { return begin(0, 0); }
  Step handle_event(const MachineEvent&, const int&, const int& data) {
    return keep().with_data(data + 1);
  }
};

TEST_F(ServerControl, AMachineOutlivesAReplacementThatFails) {
  const auto ticks = Ticks::start(system_).value();
  EXPECT_TRUE(cast(ticks, Tick{}));
  const auto failed = Ticks::replace_state(
      ticks, [](auto) -> Ticks::Snapshot { throw std::runtime_error("no such state"); }, 1s);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().text(), "no such state");
  EXPECT_EQ(Ticks::get_state(ticks).value().data, 1);
}

}  // namespace
}  // namespace kith
