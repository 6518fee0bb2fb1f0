// SPDX-License-Identifier: Apache-2.0
#include "actor/state_machine.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#include "actor/event_state_machine.hpp"
#include "actor/system.hpp"

namespace kith {
namespace {

using namespace std::chrono_literals;

class StateMachines : public ::testing::Test {
 protected:
  ManualClock clock_;
  System system_{{.workers = 0, .clock = &clock_}};
};

// --- typed states ----------------------------------------------------------------

struct Push {
  using Reply = std::string;
};
struct Turn {};
struct Release {};
struct Locked {};
struct Unlocked {
  int pushes = 0;
};
struct AutoLock {};
using DoorProtocol = Protocol<Push, Turn, Release>;

class Door : public StateMachine<Door, DoorProtocol, Locked, Unlocked> {
 public:
  using ignored = std::tuple<Ignored<Unlocked, Turn>>;
  Next on(Locked&, const Push&, const From<std::string>& from) {
    from.reply("locked");
    return keep();
  }
  Next on(Locked&, const Turn&) { return next(Unlocked{}).state_timeout(100ms, AutoLock{}); }
  Next on(Locked&, const Release&) { return keep().postpone(); }
  Next on(Unlocked& state, const Push&, const From<std::string>& from) {
    from.reply("open " + std::to_string(++state.pushes));
    return keep();
  }
  Next on(Unlocked&, const Release&) { return Locked{}; }
  Next on(Unlocked&, const AutoLock&) { return Locked{}; }
};

TEST_F(StateMachines, AnswersByItsState) {
  const auto door = Door::start_link(system_).value();
  EXPECT_EQ(call(door, Push{}).value(), "locked");
  EXPECT_TRUE(cast(door, Turn{}));
  EXPECT_EQ(call(door, Push{}).value(), "open 1");
  EXPECT_TRUE(cast(door, Turn{}));
  EXPECT_EQ(call(door, Push{}).value(), "open 2");
}

TEST_F(StateMachines, AStateTimeoutFiresUnlessTheStateChanges) {
  const auto door = Door::start_link(system_).value();
  EXPECT_TRUE(cast(door, Turn{}));
  system_.advance(101ms);
  EXPECT_EQ(call(door, Push{}).value(), "locked");
  EXPECT_TRUE(cast(door, Turn{}));
  EXPECT_TRUE(cast(door, Release{}));
  EXPECT_TRUE(cast(door, Turn{}));
  system_.advance(60ms);
  EXPECT_EQ(call(door, Push{}).value(), "open 1");
}

TEST_F(StateMachines, APostponedEventComesBackWhenTheStateChanges) {
  const auto door = Door::start_link(system_).value();
  EXPECT_TRUE(cast(door, Release{}));
  EXPECT_TRUE(cast(door, Turn{}));
  EXPECT_EQ(call(door, Push{}).value(), "locked");
}

TEST_F(StateMachines, APairOfStateAndEventThatIsNotWrittenIsACrash) {
  class Strict : public StateMachine<Strict, DoorProtocol, Locked> {
   public:
    Next on(Locked&, const Push&, const From<std::string>& from) {
      from.reply("locked");
      return keep();
    }
  };
  const auto strict = Strict::start_link(system_).value();
  system_.run([&] {
    EXPECT_TRUE(cast(strict, Turn{}));
    EXPECT_EQ(call(strict, Push{}).error().code(), ErrorCode::crashed);
  });
}

struct Note {
  std::string text;
};
struct Begin {};
struct Read {
  using Reply = std::vector<std::string>;
};
struct Finish {
  using Reply = std::string;
};
struct Pulse {
  std::string text;
};
struct Waiting {};
struct Working {
  int entered = 0;
};
using DiaryProtocol = Protocol<Note, Begin, Read, Finish>;

/// Records what it handles, in order.
class Diary : public StateMachine<Diary, DiaryProtocol, Waiting, Working> {
 public:
  Next on(Waiting&, const Note&) { return keep().postpone(); }
  Next on(Waiting&, const Begin&) {
    return next(Working{})
        .next_event(Pulse{"inserted"})
        .state_timeout(50ms, Pulse{"state"})
        .timeout("first", 20ms, Pulse{"first"})
        .timeout("second", 30ms, Pulse{"second"});
  }
  Next on(Working&, const Note& note) {
    seen_.push_back(note.text);
    if (note.text == "again") return repeat();
    if (note.text == "cancel") return keep().cancel_timeout("first");
    if (note.text == "update") return keep().update_timeout("second", Pulse{"updated"});
    if (note.text == "quiet") return keep().event_timeout(10ms, Pulse{"silence"});
    return keep();
  }
  Next on(Working&, const Pulse& pulse) {
    seen_.push_back(pulse.text);
    return keep();
  }
  Next on(Working&, const Down&) {
    seen_.push_back("down");
    return keep();
  }
  Next on(auto&, const Read&, const From<std::vector<std::string>>& from) {
    from.reply(seen_);
    return keep();
  }
  Next on(auto&, const Finish&, const From<std::string>& from) {
    return stop("done").reply(from, std::string("bye"));
  }
  void on_enter(Waiting&) {}
  Next on_enter(Working& state) {
    seen_.push_back("enter " + std::to_string(++state.entered));
    return keep();
  }

 private:
  std::vector<std::string> seen_;
};

class Diaries : public StateMachines {
 protected:
  using Lines = std::vector<std::string>;
  void write(const std::string& text) {
    EXPECT_TRUE(cast(diary_, Note{text}));
    system_.run_until_idle();
  }
  Lines lines() { return call(diary_, Read{}).value(); }

  Diary::Ref diary_ = Diary::start(system_).value();
};

TEST_F(Diaries, AnInsertedEventComesBeforeThePostponedAndThoseBeforeNewOnes) {
  write("postponed");
  EXPECT_TRUE(cast(diary_, Begin{}));
  EXPECT_TRUE(cast(diary_, Note{"new"}));
  EXPECT_EQ(lines(), (Lines{"enter 1", "inserted", "postponed", "new"}));
}

TEST_F(Diaries, TimeoutsAreCancelledAndUpdatedByName) {
  EXPECT_TRUE(cast(diary_, Begin{}));
  write("cancel");
  write("update");
  system_.advance(60ms);
  EXPECT_EQ(lines(), (Lines{"enter 1", "inserted", "cancel", "update", "updated", "state"}));
}

TEST_F(Diaries, AnyEventEndsTheEventTimeout) {
  EXPECT_TRUE(cast(diary_, Begin{}));
  write("quiet");
  write("noise");
  system_.advance(15ms);
  write("quiet");
  system_.advance(15ms);
  EXPECT_EQ(lines(), (Lines{"enter 1", "inserted", "quiet", "noise", "quiet", "first", "second"}));
}

TEST_F(Diaries, RepeatEntersTheStateAgainAndKeepsItsTimeout) {
  EXPECT_TRUE(cast(diary_, Begin{}));
  write("again");
  system_.advance(60ms);
  EXPECT_EQ(lines(),
            (Lines{"enter 1", "inserted", "again", "enter 2", "first", "second", "state"}));
}

TEST_F(Diaries, TheReplyOfAStopArrivesBeforeTheEnd) {
  system_.run([this] {
    const Reference watch = monitor(diary_.pid());
    EXPECT_EQ(call(diary_, Finish{}).value(), "bye");
    const Down down = receive<Down>().value();
    EXPECT_EQ(down.reference, watch);
    EXPECT_EQ(down.reason, Value("done"));
  });
}

TEST_F(Diaries, TheStateIsReadAndReplacedFromOutsideWithoutEnteringIt) {
  EXPECT_TRUE(std::holds_alternative<Waiting>(Diary::get_state(diary_).value()));
  const auto state = Diary::replace_state(diary_, Working{7}).value();
  EXPECT_EQ(std::get<Working>(state).entered, 7);
  write("plain");
  EXPECT_EQ(lines(), Lines{"plain"});
}

// --- one handler for all events --------------------------------------------------

struct Insert {
  int cents;
};
struct Choose {
  using Reply = std::string;
};
using VendingProtocol = Protocol<Insert, Choose>;

/// A vending machine: takes coins and delivers when there are enough, else postpones the request.
class Vending : public EventStateMachine<Vending, VendingProtocol, std::string, int> {
 public:
  Step init() { return begin("poor", 0).with_enter_calls(); }
  Step handle_event(const MachineEvent& event, const std::string& state, const int& cents) {
    if (event.type() == EventType::enter) {
      return state == "rich" ? keep().state_timeout(1s, std::string("give back")) : keep();
    }
    if (event.type() == EventType::state_timeout) return next("poor").with_data(0);
    if (const auto* coin = event.get<Insert>()) {
      if (coin->cents < 0) throw std::runtime_error("no such coin");
      const int total = cents + coin->cents;
      return next(total >= 100 ? "rich" : "poor").with_data(total);
    }
    if (state == "poor") return keep().postpone();
    return next("poor").with_data(cents - 100).reply(event.from<std::string>(), std::string("tea"));
  }
};

TEST_F(StateMachines, OneHandlerSeesEveryEvent) {
  const auto vending = Vending::start(system_).value();
  auto answer = std::make_shared<std::string>();
  spawn(system_, [vending, answer] { *answer = call(vending, Choose{}).value(); });
  system_.run_until_idle();
  EXPECT_TRUE(cast(vending, Insert{60}));
  system_.run_until_idle();
  EXPECT_EQ(*answer, "");
  EXPECT_TRUE(cast(vending, Insert{60}));
  system_.run_until_idle();
  EXPECT_EQ(*answer, "tea");
  EXPECT_EQ(Vending::get_state(vending).value().data, 20);
}

TEST_F(StateMachines, AnEnterCallMayStartTheTimeoutOfItsState) {
  const auto vending = Vending::start(system_).value();
  EXPECT_TRUE(cast(vending, Insert{100}));
  EXPECT_EQ(Vending::get_state(vending).value().state, "rich");
  system_.advance(1s);
  EXPECT_EQ(Vending::get_state(vending).value().state, "poor");
}

TEST_F(StateMachines, AfterAnErrorTheDataOfBeforeTheEventCount) {
  class Telling : public EventStateMachine<Telling, VendingProtocol, std::string, int> {
   public:
    explicit Telling(std::shared_ptr<int> last) : last_(std::move(last)) {}
    Step init() { return begin("only", 1); }
    Step handle_event(const MachineEvent& event, const std::string&, const int& data) {
      if (event.get<Insert>()->cents == 0) throw std::runtime_error("empty");
      return keep().with_data(data + 1);
    }
    void terminate(const ExitReason&, const std::string&, const int& data) { *last_ = data; }

   private:
    std::shared_ptr<int> last_;
  };
  auto last = std::make_shared<int>(0);
  const auto telling = Telling::start(system_, last).value();
  EXPECT_TRUE(cast(telling, Insert{1}));
  EXPECT_TRUE(cast(telling, Insert{0}));
  system_.run_until_idle();
  EXPECT_EQ(*last, 2);
}

}  // namespace
}  // namespace kith
