// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <chrono>
#include <memory>

#include <gtest/gtest.h>

#include "actor/gen_server.hpp"
#include "actor/process_info.hpp"
#include "actor/state_machine.hpp"

/// A timer ends with the process for which it is armed.
namespace kith {
namespace {

using namespace std::chrono_literals;

/// A message that counts its live instances.
struct Counted {
  std::shared_ptr<int> kept;
};
struct Poke {};

class TimersOfTheDead : public ::testing::Test {
 protected:
  ManualClock clock_;
  System system_{{.workers = 0, .clock = &clock_}};
};

TEST_F(TimersOfTheDead, AMessageToComeIsGivenBackWhenItsReceiverEnds) {
  const auto kept = std::make_shared<int>();
  const Pid receiver = spawn(system_, [] { static_cast<void>(receive<Poke>()); });
  const Pid other = spawn(system_, [] { static_cast<void>(receive<Poke>()); });
  system_.run([&] {
    for (int i = 0; i < 10; ++i) static_cast<void>(send_after(24h, receiver, Counted{kept}));
    static_cast<void>(send_after(24h, other, Counted{kept}));
  });
  EXPECT_EQ(kept.use_count(), 12);
  exit(system_, receiver, "kill");
  system_.run_until_idle();
  EXPECT_EQ(kept.use_count(), 2) << "the other's stays";
  EXPECT_TRUE(system_.next_deadline());
  exit(system_, other, "kill");
  system_.run_until_idle();
  EXPECT_FALSE(system_.next_deadline());
}

TEST_F(TimersOfTheDead, ATimerForAProcessThatHasEndedIsNone) {
  const auto kept = std::make_shared<int>();
  const Pid gone = spawn(system_, [] {});
  system_.run_until_idle();
  system_.run([&] {
    const Timer timer = send_after(24h, gone, Counted{kept});
    EXPECT_EQ(kept.use_count(), 1);
    EXPECT_FALSE(time_left(timer));
    EXPECT_FALSE(cancel_timer(timer));
  });
}

TEST_F(TimersOfTheDead, ALaterProcessInTheSamePlaceKeepsItsOwn) {
  const auto kept = std::make_shared<int>();
  for (int i = 0; i < 1000; ++i) {
    const Pid pid = spawn(system_, [] { static_cast<void>(receive<Poke>()); });
    system_.run([&] {
      const Timer cancelled = send_after(1h, pid, Counted{kept});
      static_cast<void>(send_after(24h, pid, Counted{kept}));
      EXPECT_TRUE(cancel_timer(cancelled));
    });
    ASSERT_EQ(kept.use_count(), 2);
    exit(system_, pid, "kill");
    system_.run_until_idle();
    ASSERT_EQ(kept.use_count(), 1);
  }
}

class Sleeper : public GenServer<Sleeper, Protocol<Poke>> {
 public:
  static Then init() { return timeout(24h); }
  static void handle_cast(const Poke&) {}
};

struct Late {};
struct Only {};
class Machine : public StateMachine<Machine, Protocol<Poke>, Only> {
 public:
  Next on_enter(Only&) {
    return keep()
        .state_timeout(24h, Late{})
        .event_timeout(24h, Late{})
        .timeout("third", 24h, Late{});
  }
  Next on(Only&, const Poke&) { return keep(); }
  Next on(Only&, const Late&) { return keep(); }
};

TEST_F(TimersOfTheDead, NoTimeoutOfAnEndedServerOrMachineRunsOn) {
  const auto server = Sleeper::start(system_).value();
  const auto machine = Machine::start(system_).value();
  const Pid waits = spawn(system_, [] { static_cast<void>(receive<Poke>(24h)); });
  const Pid sleeps = spawn(system_, [] { sleep_for(24h); });
  system_.run_until_idle();
  EXPECT_TRUE(system_.next_deadline());
  for (const Pid pid : {server.pid(), machine.pid(), waits, sleeps}) exit(system_, pid, "kill");
  system_.run_until_idle();
  EXPECT_FALSE(system_.next_deadline());
}

TEST_F(TimersOfTheDead, ATimerForAnAliveProcessStillFires) {
  system_.run([] {
    const Pid me = self();
    spawn([me] { static_cast<void>(send_after(50ms, me, Poke{})); });  // which has ended by then
    EXPECT_TRUE(receive<Poke>(100ms));
  });
}

/// An object that runs a function when its last owner is destroyed.
struct Parcel {
  std::shared_ptr<void> content;
};

TEST_F(TimersOfTheDead, AMessageMayCancelAnotherTimerWhileItIsThrownAway) {
  const auto parcel = [](const Timer& other) {
    const auto cancel = [other](void*) { EXPECT_TRUE(cancel_timer(other)); };
    return Parcel{std::shared_ptr<void>(nullptr, cancel)};
  };
  system_.run([&] {
    const Timer first = send_after(1h, self(), Poke{});
    const Timer second = send_after(1h, self(), parcel(first));
    EXPECT_TRUE(cancel_timer(second));
    EXPECT_FALSE(time_left(first));
  });
}

/// Ends processes on several workers while others arm timers for them.
TEST(TimersOnThreads, NoMessageIsKeptForAProcessThatEndsMeanwhile) {
  const auto kept = std::make_shared<int>();
  std::atomic<int> done = 0;
  System system({.workers = 4});
  for (int i = 0; i < 4; ++i) {
    spawn(system, [&kept, &done] {
      for (int n = 0; n < 200; ++n) {
        const Pid shortly = spawn([] {});
        static_cast<void>(send_after(24h, shortly, Counted{kept}));
        const Pid waits = spawn([] { static_cast<void>(receive<Poke>()); });
        static_cast<void>(send_after(24h, waits, Counted{kept}));
        exit(waits, "kill");
        static_cast<void>(send_after(24h, waits, Counted{kept}));
        const Reference watch = monitor(waits);
        static_cast<void>(receive_where<Down>([&](const Down& d) { return d.reference == watch; }));
      }
      ++done;
    });
  }
  system.run([&] {
    while (done < 4 || system.processes().size() > 2) sleep_for(1ms);
  });
  EXPECT_EQ(kept.use_count(), 1);
}

}  // namespace
}  // namespace kith
