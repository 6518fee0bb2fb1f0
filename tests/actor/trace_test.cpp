// SPDX-License-Identifier: Apache-2.0
#include "actor/trace.hpp"

#include <chrono>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "actor/gen_server.hpp"
#include "actor/state_machine.hpp"
#include "actor/system.hpp"

namespace kith {
namespace {

using namespace std::chrono_literals;
using Kind = TraceEvent::Kind;

struct Question {
  using Reply = int;
};
struct Push {};
struct Notice {};

class Oracle : public GenServer<Oracle, Protocol<Question>> {
 public:
  static int handle_call(const Question&) { return 42; }
};

/// Calls the oracle when it is pushed.
class Asker : public GenServer<Asker, Protocol<Push>> {
 public:
  Asker(Oracle::Ref oracle, Pid friend_of_mine)
      : oracle_(std::move(oracle)), friend_(friend_of_mine) {}
  void handle_cast(const Push&) {
    static_cast<void>(call(oracle_, Question{}).value());
    send(friend_, Notice{}).value();
  }

 private:
  Oracle::Ref oracle_;
  Pid friend_;
};

struct Off {};
struct On {};
class Switch : public StateMachine<Switch, Protocol<Push>, Off, On> {
 public:
  static Next on(Off&, const Push&) { return On{}; }
  static Next on(On&, const Push&) { return keep(); }
};

std::vector<TraceEvent> events() {
  std::vector<TraceEvent> all;
  while (auto event = receive<TraceEvent>(1ms)) all.push_back(*event);
  return all;
}

class Traces : public ::testing::Test {
 protected:
  ManualClock clock_;
  System system_{{.workers = 0, .clock = &clock_}};
};

TEST_F(Traces, TellWhatAServerTakesAndSendsInOrder) {
  system_.run([] {
    const auto oracle = Oracle::start_link().value();
    const auto asker = Asker::start_link(oracle, self()).value();
    trace(asker.pid(), self()).value();
    cast(asker, Push{}).value();
    const auto told = events();
    ASSERT_EQ(told.size(), 4U);
    const Kind kinds[] = {Kind::received, Kind::sent, Kind::answered, Kind::sent};
    const std::string names[] = {"Push", "Question", "int", "Notice"};
    const Pid others[] = {self(), oracle.pid(), oracle.pid(), self()};
    for (std::size_t i = 0; i < told.size(); ++i) {
      EXPECT_EQ(told[i].kind, kinds[i]) << i;
      EXPECT_NE(told[i].what.find(names[i]), std::string::npos) << told[i].what;
      EXPECT_EQ(told[i].other, others[i]) << i;
      EXPECT_EQ(told[i].pid, asker.pid());
    }
  });
}

TEST_F(Traces, TellTheNewStateOfAMachineOnlyWhenItChanges) {
  system_.run([] {
    const auto machine = Switch::start_link().value();
    trace(machine.pid(), self()).value();
    cast(machine, Push{}).value();
    cast(machine, Push{}).value();
    std::vector<std::string> states;
    for (const TraceEvent& event : events()) {
      if (event.kind == Kind::state) states.push_back(event.what);
    }
    ASSERT_EQ(states.size(), 1U);
    EXPECT_NE(states.front().find("On"), std::string::npos);
  });
}

TEST_F(Traces, TellTheReasonOfAnEnd) {
  system_.run([] {
    const Pid sleeper = spawn([] { sleep_for(1h); });
    trace(sleeper, self()).value();
    exit(sleeper, "enough");
    const auto told = events();
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0].kind, Kind::ended);
    EXPECT_EQ(told[0].what, "\"enough\"");
  });
}

TEST_F(Traces, AreSilentAfterStopTrace) {
  system_.run([] {
    const auto oracle = Oracle::start_link().value();
    trace(oracle.pid(), self()).value();
    stop_trace(oracle.pid()).value();
    static_cast<void>(call(oracle, Question{}).value());
    EXPECT_TRUE(events().empty());
  });
}

TEST_F(Traces, OfATracerThatEndedGoNowhere) {
  system_.run([] {
    const auto oracle = Oracle::start_link().value();
    const Pid tracer = spawn([] {});
    trace(oracle.pid(), tracer).value();
    EXPECT_EQ(call(oracle, Question{}).value(), 42);
  });
}

TEST_F(Traces, OfNobodyOrOfOneselfAreErrors) {
  system_.run([] {
    const Pid gone = spawn([] {});
    sleep_for(1ms);
    EXPECT_EQ(trace(gone, self()).error().code(), ErrorCode::no_process);
    EXPECT_EQ(trace(self(), self()).error().code(), ErrorCode::invalid_argument);
  });
}

}  // namespace
}  // namespace kith
