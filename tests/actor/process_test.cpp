// SPDX-License-Identifier: Apache-2.0
#include "actor/process.hpp"

#include <atomic>
#include <stdexcept>

#include <gtest/gtest.h>

namespace kith {
namespace {

using namespace std::chrono_literals;

struct Ping {
  int number;
};

class Processes : public ::testing::Test {
 protected:
  ManualClock clock;
  System system{{.workers = 0, .clock = &clock}};
};

TEST_F(Processes, AMessageIsReceivedByTheProcessItWasSentTo) {
  const int got = system.run([] {
    const Pid me = self();
    spawn([me] { static_cast<void>(send(me, Ping{42})); });
    return receive<Ping>().value().number;
  });
  EXPECT_EQ(got, 42);
}

TEST_F(Processes, MessagesOfOneSenderArriveInOrder) {
  system.run([] {
    const Pid me = self();
    spawn([me] {
      for (int i = 0; i < 1000; ++i) static_cast<void>(send(me, Ping{i}));
    });
    for (int i = 0; i < 1000; ++i) EXPECT_EQ(receive<Ping>().value().number, i);
  });
}

TEST_F(Processes, ReceiveTakesTheFirstMessageOfTheTypeAndLeavesOthers) {
  system.run([] {
    static_cast<void>(send(self(), std::string("first")));
    static_cast<void>(send(self(), Ping{7}));
    EXPECT_EQ(receive<Ping>().value().number, 7);
    EXPECT_EQ(receive<std::string>().value(), "first");
  });
}

TEST_F(Processes, ReceiveGivesTimeoutWhenNothingCame) {
  system.run([this] {
    const TimePoint before = clock.now();
    EXPECT_EQ(receive<Ping>(50ms).error().code(), ErrorCode::timeout);
    EXPECT_GE(clock.now() - before, 50ms);
    EXPECT_LT(clock.now() - before, 51ms);
  });
}

TEST_F(Processes, AnExceptionBecomesTheExitReasonThatMonitorsSee) {
  system.run([] {
    const auto [pid, reference] = spawn_monitor([] { throw std::runtime_error("boom"); });
    const Down down = receive<Down>().value();
    EXPECT_EQ(down.pid, pid);
    EXPECT_EQ(down.reference, reference);
    EXPECT_EQ(down.reason, raised("boom"));
  });
}

TEST_F(Processes, AMonitorOfADeadProcessFiresWithNoproc) {
  system.run([] {
    const auto [pid, first] = spawn_monitor([] {});
    static_cast<void>(receive<Down>().value());
    monitor(pid);
    EXPECT_EQ(receive<Down>().value().reason, Value("noproc"));
  });
}

TEST_F(Processes, ADemonitoredProcessSendsNoDown) {
  system.run([] {
    const Pid pid = spawn([] { static_cast<void>(receive<Ping>()); });
    const Reference reference = monitor(pid);
    EXPECT_TRUE(demonitor(reference));
    static_cast<void>(send(pid, Ping{1}));
    EXPECT_EQ(receive<Down>(1s).error().code(), ErrorCode::timeout);
  });
}

TEST_F(Processes, ACrashReachesALinkedProcess) {
  system.run([] {
    spawn_monitor([] {
      spawn_link([] { throw std::runtime_error("inner"); });
      static_cast<void>(receive<Ping>());
    });
    EXPECT_EQ(receive<Down>().value().reason, raised("inner"));
  });
}

TEST_F(Processes, ANormalEndDoesNotEndALinkedProcess) {
  system.run([] {
    spawn_monitor([] {
      spawn_link([] {});
      sleep_for(1s);
      exit("done");
    });
    EXPECT_EQ(receive<Down>().value().reason, Value("done"));
  });
}

TEST_F(Processes, ATrappingProcessGetsExitSignalsAsMessages) {
  system.run([] {
    trap_exits(true);
    const Pid child = spawn_link([] { exit("bye"); });
    const Exit exit_message = receive<Exit>().value();
    EXPECT_EQ(exit_message.from, child);
    EXPECT_EQ(exit_message.reason, Value("bye"));
  });
}

TEST_F(Processes, KillCannotBeTrappedAndIsReportedAsKilled) {
  system.run([] {
    const auto [pid, reference] = spawn_monitor([] {
      trap_exits(true);
      static_cast<void>(receive<Ping>());
    });
    sleep_for(1ms);
    exit(pid, "kill");
    EXPECT_EQ(receive<Down>().value().reason, Value("killed"));
  });
}

TEST_F(Processes, AParkedProcessIsUnwoundWhenItIsKilled) {
  bool unwound = false;
  system.run([&unwound] {
    struct Guard {
      bool& flag;
      ~Guard() { flag = true; }
    };
    const auto [pid, reference] = spawn_monitor([&unwound] {
      const Guard guard{unwound};
      static_cast<void>(receive<Ping>());
    });
    sleep_for(1ms);
    exit(pid, "stop");
    EXPECT_EQ(receive<Down>().value().reason, Value("stop"));
  });
  EXPECT_TRUE(unwound);
}

TEST_F(Processes, ExceptionsInFlightStayWithTheirProcessAcrossWaits) {
  system.run([] {
    const auto catcher = [](std::string text) {
      return [text] {
        try {
          throw std::runtime_error(text);
        } catch (const std::runtime_error&) {
          sleep_for(10ms);
          try {
            throw;
          } catch (const std::runtime_error& mine) {
            exit(Value(mine.what()));
          }
        }
      };
    };
    const Pid a = spawn_monitor(catcher("a")).first;
    spawn_monitor(catcher("b"));
    for (int i = 0; i < 2; ++i) {
      const Down down = receive<Down>().value();
      EXPECT_EQ(down.reason, Value(down.pid == a ? "a" : "b"));
    }
  });
}

TEST_F(Processes, AFullMailboxIsReportedToTheSender) {
  system.run([] {
    const Pid pid = spawn([] { sleep_for(1h); }, {.mailbox_bound = 2});
    EXPECT_TRUE(send(pid, Ping{1}));
    EXPECT_TRUE(send(pid, Ping{2}));
    EXPECT_EQ(send(pid, Ping{3}).error().code(), ErrorCode::overloaded);
  });
}

TEST_F(Processes, ANameBelongsToItsProcessUntilThatEnds) {
  const Pid pid = spawn(system, [] { static_cast<void>(receive<Ping>()); }, {.name = "door"});
  EXPECT_EQ(system.whereis("door"), pid);
  EXPECT_EQ(system.register_name("door", system.root()).error().code(), ErrorCode::already_exists);
  static_cast<void>(send(system, pid, Ping{1}));
  system.run_until_idle();
  EXPECT_EQ(system.whereis("door"), std::nullopt);
}

TEST_F(Processes, SendAfterDeliversWhenItIsTimeAndNotBefore) {
  system.run([this] {
    const TimePoint before = clock.now();
    send_after(250ms, self(), Ping{1});
    static_cast<void>(receive<Ping>().value());
    EXPECT_EQ(clock.now() - before, 250ms);
    const Timer timer = send_after(10ms, self(), Ping{2});
    EXPECT_TRUE(cancel_timer(timer));
    EXPECT_EQ(receive<Ping>(1s).error().code(), ErrorCode::timeout);
  });
}

TEST_F(Processes, ABusyPairDoesNotStarveAThird) {
  system.run([] {
    const Pid me = self();
    const auto echo = [] {
      for (;;) static_cast<void>(send(receive<Pid>().value(), self()));
    };
    const Pid a = spawn(echo);
    const Pid b = spawn(echo);
    static_cast<void>(send(a, b));
    spawn([me] { static_cast<void>(send(me, Ping{1})); });
    EXPECT_TRUE(receive<Ping>());
    exit(a, "kill");
    exit(b, "kill");
  });
}

TEST(ThreadedProcesses, ManyProcessesOnManyWorkersAllAnswer) {
  System system({.workers = 4});
  const int sum = system.run([] {
    const Pid me = self();
    for (int i = 0; i < 1000; ++i) {
      spawn([me, i] {
        sleep_for(std::chrono::microseconds(i % 7 * 100));
        static_cast<void>(send(me, Ping{i}));
      });
    }
    int total = 0;
    for (int i = 0; i < 1000; ++i) total += receive<Ping>(60s).value().number;
    return total;
  });
  EXPECT_EQ(sum, 999 * 1000 / 2);
}

TEST(ThreadedProcesses, BlockingWorkDoesNotHoldUpTheWorker) {
  System system({.workers = 1});
  system.run([] {
    const Pid me = self();
    std::atomic<bool> other_ran = false;
    spawn([me, &other_ran] {
      other_ran.store(true);
      other_ran.notify_all();
      static_cast<void>(send(me, Ping{1}));
    });
    EXPECT_EQ(blocking([&other_ran] {
                other_ran.wait(false);  // the only worker is free for the other process
                return 5;
              }),
              5);
    EXPECT_EQ(receive<Ping>().value().number, 1);
    EXPECT_THROW(blocking([] { throw std::runtime_error("disk"); }), std::runtime_error);
  });
}

TEST(ThreadedProcesses, StoppingTheSystemEndsEveryProcess) {
  std::atomic<int> ended = 0;
  struct Guard {
    std::atomic<int>& count;
    ~Guard() { ++count; }
  };
  {
    System system({.workers = 2});
    for (int i = 0; i < 100; ++i) {
      spawn(system, [&ended] {
        const Guard guard{ended};
        trap_exits(true);
        for (;;) static_cast<void>(receive<Ping>());
      });
    }
    system.run([] { sleep_for(1ms); });
  }
  EXPECT_EQ(ended.load(), 100);
}

}  // namespace
}  // namespace kith
