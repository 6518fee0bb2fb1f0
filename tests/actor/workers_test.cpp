// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "actor/gen_server.hpp"
#include "actor/internal/runtime.hpp"
#include "actor/process_info.hpp"
#include "actor/system.hpp"
#include "core/clock.hpp"
#include "core/result.hpp"

namespace kith {
namespace {

using namespace std::chrono_literals;

/// Far above the duration of any step, and below the sleep time of an idle worker.
constexpr auto patience = 5s;

/// Occupies its worker until `condition` holds; returns false after the timeout.
template <typename F>
bool holds_without_waiting(F condition) {
  const auto until = SystemClock().now() + patience;
  while (!condition()) {
    if (SystemClock().now() > until) return false;
  }
  return true;
}

/// Waits until both workers of an idle system sleep.
void let_it_sleep(System& system) {
  const auto sleep = [&] { return system.runtime().sleeping == 2; };
  ASSERT_TRUE(holds_without_waiting(sleep));
}

TEST(Workers, WhatTwoThreadsRunGoesOnBesideEachOther) {
  System system({.workers = 2});
  let_it_sleep(system);
  std::atomic<int> arrived = 0;
  std::atomic<int> met = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 2; ++i) {
      threads.emplace_back([&] {
        system.run([&] {
          ++arrived;
          met += holds_without_waiting([&] { return arrived == 2; }) ? 1 : 0;
        });
      });
    }
  }
  EXPECT_EQ(met, 2);
}

struct Mark {};
class Marker : public GenServer<Marker, Protocol<Mark>> {
 public:
  explicit Marker(std::atomic<bool>& mark) : mark_(&mark) {}
  void handle_cast(const Mark&) { *mark_ = true; }

 private:
  std::atomic<bool>* mark_;
};

TEST(Workers, AServerThatALongTurnHasWokenRunsOnAnotherWorker) {
  System system({.workers = 2});
  std::atomic<bool> marked = false;
  const auto marker = Marker::start(system, std::ref(marked)).value();
  let_it_sleep(system);
  const bool ran = system.run([&] {
    static_cast<void>(cast(marker, Mark{}));
    return holds_without_waiting([&] { return marked.load(); });
  });
  EXPECT_TRUE(ran);
}

/// Starts another process when it is destroyed.
class LeavesAnother {
 public:
  explicit LeavesAnother(System& system) : system_(&system) {}
  LeavesAnother(LeavesAnother&& other) noexcept : system_(std::exchange(other.system_, nullptr)) {}
  ~LeavesAnother() {
    if (system_ != nullptr) spawn(*system_, [] { sleep_for(1h); });
  }

 private:
  System* system_;
};

TEST(Workers, AProcessThatIsStartedWhileTheSystemStopsEndsToo) {
  for (int i = 0; i < 20; ++i) {
    System system({.workers = 2});
    spawn(system, [another = std::make_shared<LeavesAnother>(system)] { sleep_for(1h); });
    system.stop();
    EXPECT_TRUE(system.processes().empty());
  }
}

/// When destroyed with the mailbox of its receiver, it waits for the second step and then counts
/// the remaining messages.
class LooksAtTheEnd {
 public:
  explicit LooksAtTheEnd(std::atomic<int>& step) : step_(step) {}
  LooksAtTheEnd(const LooksAtTheEnd&) = delete;
  LooksAtTheEnd& operator=(const LooksAtTheEnd&) = delete;
  ~LooksAtTheEnd() {
    step_ = 1;
    EXPECT_TRUE(holds_without_waiting([this] { return step_ == 2; }));
    EXPECT_FALSE(current_system()->message_queue_length(self()));
  }

 private:
  std::atomic<int>& step_;
};
struct Parcel {
  std::shared_ptr<LooksAtTheEnd> content;
};
class Receiver : public GenServer<Receiver, Protocol<Parcel>> {
 public:
  static void handle_cast(const Parcel&) {}
};

TEST(Workers, WhoMonitorsAProcessWhoseMailboxIsThrownAwayIsTold) {
  std::atomic<int> step = 0;
  System system({.workers = 2});
  system.run([&] {
    const auto receiver = Receiver::start(system).value();
    ASSERT_TRUE(suspend_server(receiver));
    ASSERT_TRUE(cast(receiver, Parcel{std::make_shared<LooksAtTheEnd>(step)}));
    exit(receiver.pid(), "kill");
    ASSERT_TRUE(holds_without_waiting([&] { return step == 1; }));
    const Reference watch = monitor(receiver.pid());
    step = 2;
    EXPECT_TRUE(detail::receive_down(watch, patience));
  });
}

TEST(Workers, NobodyWaitsForASystemThatHasStopped) {
  System system({.workers = 2});
  system.stop();
  try {
    system.run([] {});
    FAIL() << "no exception";
  } catch (const BadResult& problem) {
    EXPECT_EQ(problem.error().code(), ErrorCode::unavailable);
  }
}

struct Ask {
  using Reply = int;
};

TEST(Workers, ACallThroughASystemThatHasStoppedIsAnErrorAndNoException) {
  System system({.workers = 2});
  const Pid silent = spawn(system, [] { sleep_for(1h); });
  system.stop();
  const auto answer = call(ServerRef<Protocol<Ask>>(&system, silent), Ask{});
  EXPECT_EQ(answer.error().code(), ErrorCode::unavailable);
  EXPECT_EQ(process_info(system, silent).error().code(), ErrorCode::unavailable);
  EXPECT_EQ(call_encoded({&system, silent}, "ask", {}).error().code(), ErrorCode::unavailable);
  exit(system, silent, "kill");
}

TEST(Workers, ACallThatIsUnderWayWhenItsSystemStopsIsAnErrorAndNoException) {
  for (int i = 0; i < 20; ++i) {
    System system({.workers = 2});
    std::vector<std::jthread> callers;
    for (int caller = 0; caller < 4; ++caller) {
      const Pid silent = spawn(system, [] { sleep_for(1h); });
      callers.emplace_back([&system, silent] {
        const auto answer = call(ServerRef<Protocol<Ask>>(&system, silent), Ask{}, infinite);
        EXPECT_FALSE(answer.has_value());
      });
      while (system.message_queue_length(silent) != 1) std::this_thread::yield();
    }
    system.stop();
  }
}

}  // namespace
}  // namespace kith
