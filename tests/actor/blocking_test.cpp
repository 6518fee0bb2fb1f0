// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "actor/gen_server.hpp"
#include "actor/process.hpp"
#include "actor/system.hpp"
#include "actor/task.hpp"
#include "core/sanitizers.hpp"

namespace kith {
namespace {

using namespace std::chrono_literals;

#if KITH_THREAD_SANITIZER
constexpr int many = 2'000;                           // this sanitizer allows 8,000 stacks in all
constexpr std::size_t resident_bytes_max = SIZE_MAX;  // and keeps a shadow of all memory
#elif KITH_ADDRESS_SANITIZER
constexpr int many = 20'000;
constexpr std::size_t resident_bytes_max = 1'300'000'000;
#else
constexpr int many = 100'000;
constexpr std::size_t resident_bytes_max = 1'300'000'000;
#endif

struct Go {};

// --- exceptions across waits -----------------------------------------------------

/// Waits inside a catch block and returns which exception was rethrown there afterwards.
std::string caught_across_a_wait(const std::string& text) {
  try {
    try {
      throw std::runtime_error(text);
    } catch (const std::exception&) {
      static_cast<void>(receive<Go>().value());
      throw;
    }
  } catch (const std::exception& again) {
    return again.what();
  }
}

TEST(Blocking, TwoProcessesThatWaitInsideCatchKeepTheirOwnExceptions) {
  ManualClock clock;
  System system({.workers = 0, .clock = &clock});
  system.run([] {
    auto first = async([] { return caught_across_a_wait("first"); });
    auto second = async([] { return caught_across_a_wait("second"); });
    sleep_for(1ms);
    send(first.pid(), Go{}).value();
    sleep_for(1ms);
    send(second.pid(), Go{}).value();
    EXPECT_EQ(first.await().value(), "first");
    EXPECT_EQ(second.await().value(), "second");
  });
}

// --- many waiting processes ---------------------------------------------------------------

std::size_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::size_t pages = 0;
  statm >> pages >> pages;
  return pages * 4096;
}

TEST(Blocking, ManyTasksWaitAtOnceAndAllGoOn) {
  System system({.workers = 2});
  system.run([] {
    std::atomic<int> waiting = 0;
    std::vector<Task<int>> tasks;
    tasks.reserve(many);
    for (int i = 0; i < many; ++i) {
      tasks.push_back(async([i, &waiting] {
        ++waiting;
        static_cast<void>(receive<Go>().value());
        return i;
      }));
    }
    while (waiting < many) sleep_for(1ms);
    EXPECT_LT(resident_bytes(), resident_bytes_max);
    for (const auto& task : tasks) send(task.pid(), Go{}).value();
    for (int i = 0; i < many; ++i) {
      ASSERT_EQ(tasks[static_cast<std::size_t>(i)].await(1h).value(), i);
    }
  });
}

TEST(Blocking, ACallIsAnsweredThoughMillionsOfMessagesWait) {
  struct Ask {
    using Reply = int;
  };
  class Answering : public GenServer<Answering, Protocol<Ask>> {
   public:
    static int handle_call(const Ask&) { return 7; }
  };
  ManualClock clock;
  System system({.workers = 0, .clock = &clock});
  system.run([] {
    const auto server = Answering::start_link().value();
    for (int i = 0; i < 10 * many; ++i) send(self(), Go{}).value();
    EXPECT_EQ(call(server, Ask{}).value(), 7);
  });
}

// --- cycles of calls ----------------------------------------------------------------

struct Hello {
  using Reply = std::string;
};
struct Meet {
  using Reply = std::string;
  Pid other;
};

class Caller : public GenServer<Caller, Protocol<Hello, Meet>> {
 public:
  static std::string handle_call(const Hello&) { return "hello"; }
  std::string handle_call(const Meet& meet) {
    const ServerRef<Protocol<Hello, Meet>> other(current_system(), meet.other);
    const auto answer =
        meet.other == self() ? call(other, Hello{}) : call(other, Meet{self()}, 100ms);
    return answer ? *answer : answer.error().text();
  }
};

class CallCycles : public ::testing::Test {
 protected:
  ManualClock clock_;
  System system_{{.workers = 0, .clock = &clock_}};
};

TEST_F(CallCycles, EndWithAnErrorThatNamesBoth) {
  const auto one = Caller::start(system_).value();
  const auto other = Caller::start(system_).value();
  const std::string error = call(one, Meet{other.pid()}, 1s).value();
  EXPECT_NE(error.find(to_string(one.pid())), std::string::npos) << error;
  EXPECT_NE(error.find(to_string(other.pid())), std::string::npos) << error;
}

TEST_F(CallCycles, ACallOfOneselfIsAnErrorAtOnce) {
  const auto one = Caller::start(system_).value();
  EXPECT_EQ(call(one, Meet{one.pid()}, 1s).value(), "a process cannot call itself");
}

// --- ends and overflows -------------------------------------------------------------

#if KITH_SANITIZED
constexpr int starts = 1'000;  // each costs fifty times as much: threads, and shadows of stacks
#else
constexpr int starts = 10'000;
#endif

TEST(Systems, StartAndStopAgainAndAgain) {
  std::atomic<int> after_stop = 0;
  for (int i = 0; i < starts; ++i) {
    std::atomic<bool> stopped = false;
    System system({.workers = 2});
    for (int k = 0; k < 3; ++k) {
      spawn(system, [&] {
        for (;;) {
          sleep_for(1ms);
          if (stopped) ++after_stop;
        }
      });
    }
    system.stop();
    stopped = true;
  }
  EXPECT_EQ(after_stop, 0);
}

/// Recurses without a tail call, with an array per call.
int deeper(int depth) {
  volatile char room[1024] = {};
  room[static_cast<std::size_t>(depth) % sizeof room] = 1;
  return depth < 0 ? 0 : deeper(depth + 1) + room[0];
}

struct Dive {
  using Reply = int;
};
class Diver : public GenServer<Diver, Protocol<Dive>> {
 public:
  static int handle_call(const Dive&) { return deeper(1); }
};

void dive() {
  System system({.workers = 1});
  const auto diver = Diver::start(system, StartOptions{.label = "the diver"}).value();
  static_cast<void>(call(diver, Dive{}));
}

#if KITH_THREAD_SANITIZER
constexpr const char* overflow_message = "";  // the program ends without a message
#elif KITH_ADDRESS_SANITIZER
constexpr const char* overflow_message = "stack-overflow";
#else
constexpr const char* overflow_message =
    "stack overflow in the process <.*> \\(the diver\\) while it handled .*Dive";
#endif

TEST(StackOverflowDeathTest, NamesTheProcessAndWhatItHandled) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(dive(), overflow_message);
}

}  // namespace
}  // namespace kith
