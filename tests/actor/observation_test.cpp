// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <functional>
#include <string>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include "actor/event_state_machine.hpp"
#include "actor/gen_server.hpp"
#include "actor/process_info.hpp"
#include "actor/server_control.hpp"
#include "actor/state_machine.hpp"
#include "actor/trace.hpp"

/// Inspecting a server does not change its behaviour: its timeouts keep their deadline.
namespace kith {
namespace {

using namespace std::chrono_literals;

struct Poke {};

class Waiting : public GenServer<Waiting, Protocol<Poke>> {
 public:
  Then init() { return timeout(5s); }
  Then handle_cast(const Poke&) { return timeout(5s); }
  void handle_info(const Timeout&) { ++fired; }
  int fired = 0;
};

struct Late {};
struct Idle {
  int fired = 0;
};

class EventWait : public StateMachine<EventWait, Protocol<Poke>, Idle> {
 public:
  Next on_enter(Idle&) { return keep().event_timeout(5s, Late{}); }
  Next on(Idle&, const Poke&) { return keep().event_timeout(5s, Late{}); }
  Next on(Idle& idle, const Late&) {
    ++idle.fired;
    return keep();
  }
};

class StateWait : public StateMachine<StateWait, Protocol<Poke>, Idle> {
 public:
  Next on_enter(Idle&) { return keep().state_timeout(5s, Late{}); }
  Next on(Idle&, const Poke&) { return keep(); }
  Next on(Idle& idle, const Late&) {
    ++idle.fired;
    return keep();
  }
};

class OneHandler : public EventStateMachine<OneHandler, Protocol<Poke>, std::string, int> {
 public:
  static Step init() { return begin("idle", 0).event_timeout(5s, Late{}); }
  static Step handle_event(const MachineEvent& event, const std::string&, const int& fired) {
    return event.type() == EventType::event_timeout ? keep().with_data(fired + 1) : keep();
  }
};

int fired(const Waiting::Ref& server) {
  return Waiting::get_state(server, [](const Waiting& w) { return w.fired; }).value();
}

/// A kind of server: its start function and its number of handled timeouts.
struct Kind {
  const char* name;
  std::function<ServerAddress(System&)> start;
  std::function<int(const ServerAddress&)> fired;
  std::function<void(const ServerAddress&)> replace_state;
};

template <typename Server>
typename Server::Ref as(const ServerAddress& server) {
  return typename Server::Ref(server.system(), server.pid());
}

template <typename Machine>
Kind machine(const char* name) {
  const auto idle = [](const ServerAddress& it) {
    return std::get<Idle>(Machine::get_state(as<Machine>(it)).value());
  };
  return {name, [](System& system) -> ServerAddress { return Machine::start(system).value(); },
          [idle](const ServerAddress& it) { return idle(it).fired; },
          [idle](const ServerAddress& it) {
            EXPECT_TRUE(Machine::replace_state(as<Machine>(it), idle(it)));
          }};
}

std::vector<Kind> server_kinds() {
  return {
      {"server", [](System& system) -> ServerAddress { return Waiting::start(system).value(); },
       [](const ServerAddress& it) { return fired(as<Waiting>(it)); },
       [](const ServerAddress& it) {
         EXPECT_TRUE(Waiting::replace_state(as<Waiting>(it), [](Waiting&) {}));
       }},
      machine<EventWait>("event time-out"),
      machine<StateWait>("state time-out"),
      {"one handler",
       [](System& system) -> ServerAddress { return OneHandler::start(system).value(); },
       [](const ServerAddress& it) { return OneHandler::get_state(as<OneHandler>(it))->data; },
       [](const ServerAddress& it) {
         EXPECT_TRUE(OneHandler::replace_state(as<OneHandler>(it), [](auto same) { return same; }));
       }},
  };
}

/// A function that inspects a server.
struct Look {
  const char* name;
  std::function<void(System&, const Kind&, const ServerAddress&)> at;
};

std::vector<Look> looks() {
  return {
      {"get_state", [](System&, const Kind& kind,
                       const ServerAddress& it) { static_cast<void>(kind.fired(it)); }},
      {"replace_state",
       [](System&, const Kind& kind, const ServerAddress& it) { kind.replace_state(it); }},
      {"suspend and resume",
       [](System&, const Kind&, const ServerAddress& it) {
         EXPECT_TRUE(suspend_server(it));
         EXPECT_TRUE(resume_server(it));
       }},
      {"process_info",
       [](System& system, const Kind&, const ServerAddress& it) {
         EXPECT_TRUE(process_info(system, it.pid()));
       }},
      {"trace",
       [](System& system, const Kind&, const ServerAddress& it) {
         system.run([&] {
           EXPECT_TRUE(trace(it.pid(), self()));
           EXPECT_TRUE(stop_trace(it.pid()));
         });
       }},
      {"monitor and link",
       [](System& system, const Kind&, const ServerAddress& it) {
         system.run([&] {
           demonitor(monitor(it.pid()));
           EXPECT_TRUE(link(it.pid()));
           unlink(it.pid());
         });
       }},
      {"length of the mailbox",
       [](System& system, const Kind&, const ServerAddress& it) {
         EXPECT_EQ(system.message_queue_length(it.pid()), 0U);
       }},
  };
}

TEST(Observation, ATimeoutFiresAtItsTimeThoughTheServerIsLookedAtEverySecond) {
  for (const Kind& kind : server_kinds()) {
    for (const Look& look : looks()) {
      SCOPED_TRACE(std::string(kind.name) + ", " + look.name);
      ManualClock clock;
      System system({.workers = 0, .clock = &clock});
      const ServerAddress server = kind.start(system);
      for (int second = 1; second < 5; ++second) {
        system.advance(1s);
        look.at(system, kind, server);
      }
      EXPECT_EQ(kind.fired(server), 0);
      system.advance(1s);
      EXPECT_EQ(kind.fired(server), 1);
      system.advance(60s);
      EXPECT_EQ(kind.fired(server), 1);
    }
  }
}

TEST(Observation, ATimeoutThatEndsWhileTheServerIsSuspendedIsHandledWhenItIsResumed) {
  for (const Kind& kind : server_kinds()) {
    SCOPED_TRACE(kind.name);
    ManualClock clock;
    System system({.workers = 0, .clock = &clock});
    const ServerAddress server = kind.start(system);
    EXPECT_TRUE(suspend_server(server));
    system.advance(60s);
    EXPECT_EQ(kind.fired(server), 0) << "not while it is suspended";
    EXPECT_TRUE(resume_server(server));
    system.run_until_idle();
    EXPECT_EQ(kind.fired(server), 1);
  }
}

TEST(Observation, AMessageStillEndsTheWaitOfAServer) {
  ManualClock clock;
  System system({.workers = 0, .clock = &clock});
  const auto server = Waiting::start(system).value();
  system.advance(3s);
  EXPECT_TRUE(cast(server, Poke{}));
  system.advance(3s);
  EXPECT_EQ(fired(server), 0);
  system.advance(2s);
  EXPECT_EQ(fired(server), 1);
}

TEST(Observation, ATracerThatHasEndedIsToldNothingMore) {
  ManualClock clock;
  System system({.workers = 0, .clock = &clock});
  const auto server = Waiting::start(system).value();
  spawn(system, [&] { EXPECT_TRUE(trace(server.pid(), self())); });
  system.run_until_idle();
  EXPECT_TRUE(cast(server, Poke{}));
  EXPECT_TRUE(cast(server, Poke{}));
  system.advance(5s);
  EXPECT_EQ(fired(server), 1);
}

}  // namespace
}  // namespace kith
