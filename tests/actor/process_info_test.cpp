// SPDX-License-Identifier: Apache-2.0
#include "actor/process_info.hpp"

#include <chrono>
#include <vector>

#include <gtest/gtest.h>

#include "actor/gen_server.hpp"
#include "actor/system.hpp"

namespace kith {
namespace {

using namespace std::chrono_literals;

struct Note {};

class Idle : public GenServer<Idle, Protocol<Note>> {
 public:
  static void handle_cast(const Note&) {}
};

class ProcessInfos : public ::testing::Test {
 protected:
  ManualClock clock_;
  System system_{{.workers = 0, .clock = &clock_}};
};

TEST_F(ProcessInfos, SayWhatAnIdleServerIs) {
  system_.run([] {
    const auto server = Idle::start_link(StartOptions{.label = "idle"}).value();
    cast(server, Note{}).value();
    sleep_for(1ms);
    const ProcessInfo info = process_info(server.pid()).value();
    EXPECT_EQ(info.pid, server.pid());
    EXPECT_EQ(info.label, "idle");
    EXPECT_EQ(info.parent, self());
    EXPECT_EQ(info.links, std::vector<Pid>{self()});
    EXPECT_NE(info.last_message.find("Note"), std::string::npos);
    EXPECT_FALSE(info.is_waiting);
  });
}

TEST_F(ProcessInfos, AProcessThatWaitsAnswersWithoutGoingOn) {
  const Pid waiting = spawn(system_, [] {
    trap_exits(true);
    monitor(spawn([] { static_cast<void>(receive<Note>()); }));
    monitor(self());  // no effect: a process cannot see its own end
    static_cast<void>(receive<Note>());
    FAIL() << "it went on";
  });
  system_.run_until_idle();
  send(system_, waiting, 1).value();
  const ProcessInfo info = process_info(system_, waiting).value();
  EXPECT_TRUE(info.is_waiting);
  EXPECT_TRUE(info.traps_exits);
  EXPECT_EQ(info.message_queue_length, 1U);
  EXPECT_EQ(info.monitors, 1U);
}

TEST_F(ProcessInfos, AProcessThatIsGoneIsAnError) {
  const Pid gone = spawn(system_, [] {});
  system_.run_until_idle();
  EXPECT_EQ(process_info(system_, gone).error().code(), ErrorCode::no_process);
  EXPECT_EQ(process_info(system_, Pid{1, 2, 3}).error().code(), ErrorCode::invalid_argument);
}

TEST_F(ProcessInfos, ASuspendedServerSaysSo) {
  const auto server = Idle::start(system_).value();
  EXPECT_TRUE(suspend_server(server));
  EXPECT_TRUE(process_info(system_, server.pid()).value().is_suspended);
}

}  // namespace
}  // namespace kith
