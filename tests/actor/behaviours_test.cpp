// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "actor/agent.hpp"
#include "actor/gen_server.hpp"
#include "actor/task.hpp"

namespace kith {
namespace {

using namespace std::chrono_literals;

struct Get {
  using Reply = std::optional<std::string>;
  std::string key;
  KITH_WIRE("config.get", key)
};
struct Put {
  std::string key, value;
  KITH_WIRE("config.put", key, value)
};
struct Slow {
  using Reply = int;
};
struct Fail {
  using Reply = int;
};
struct Crash {
  using Reply = void;
};
struct Quit {
  using Reply = std::string;
};
struct Idle {
  using Reply = void;
};
using ConfigProtocol = Protocol<Get, Put, Slow, Fail, Crash, Quit, Idle>;

class ConfigServer : public GenServer<ConfigServer, ConfigProtocol> {
 public:
  explicit ConfigServer(std::map<std::string, std::string> cache) : cache_(std::move(cache)) {}
  std::optional<std::string> handle_call(const Get& request) {
    const auto hit = cache_.find(request.key);
    if (hit == cache_.end()) return std::nullopt;
    return hit->second;
  }
  void handle_cast(const Put& message) { cache_[message.key] = message.value; }
  void handle_call(const Slow&, From<int> from) {
    spawn([from] {
      sleep_for(100ms);
      from.reply(7);
    });
  }
  Result<int> handle_call(const Fail&) { return Error(ErrorCode::not_found, "no such thing"); }
  void handle_call(const Crash&) { throw std::runtime_error("crashed on purpose"); }
  Answer<std::string> handle_call(const Quit&) { return stop_and_reply("done", "bye"); }
  Answer<void> handle_call(const Idle&) {
    Answer<void> answer(detail::Acknowledgement{});
    answer.then = timeout(30ms);
    return answer;
  }
  void handle_info(const Timeout&) { cache_["timed"] = "out"; }

 private:
  std::map<std::string, std::string> cache_;
};

class Behaviours : public ::testing::Test {
 protected:
  ManualClock clock;
  System system{{.workers = 0, .clock = &clock}};
  ServerRef<ConfigProtocol> server =
      ConfigServer::start_link(system, std::map<std::string, std::string>{{"a", "1"}}).value();
};

TEST_F(Behaviours, ACallIsAnsweredByTheHandlersReturnValue) {
  EXPECT_EQ(call(server, Get{"a"}).value(), "1");
  EXPECT_EQ(call(server, Get{"b"}).value(), std::nullopt);
}

TEST_F(Behaviours, ACastChangesStateBeforeALaterCallOfTheSameProcess) {
  system.run([this] {
    EXPECT_TRUE(cast(server, Put{"b", "2"}));
    EXPECT_EQ(call(server, Get{"b"}).value(), "2");
  });
}

TEST_F(Behaviours, AReplyMayComeLaterFromAnotherProcess) {
  system.run([this] {
    const TimePoint before = clock.now();
    EXPECT_EQ(call(server, Slow{}).value(), 7);
    EXPECT_EQ(clock.now() - before, 100ms);
  });
}

TEST_F(Behaviours, ACallTimesOutAndALateReplyIsDropped) {
  system.run([this] {
    EXPECT_EQ(call(server, Slow{}, 50ms).error().code(), ErrorCode::timeout);
    sleep_for(1s);
    EXPECT_EQ(system.message_queue_length(self()), 0U);
    EXPECT_EQ(call(server, Get{"a"}).value(), "1");
  });
}

TEST_F(Behaviours, AnErrorOfTheHandlerIsTheErrorOfTheCall) {
  EXPECT_EQ(call(server, Fail{}).error(), Error(ErrorCode::not_found, "no such thing"));
}

TEST_F(Behaviours, TheCallerLearnsThatTheServerCrashed) {
  const auto result = call(server, Crash{});
  EXPECT_EQ(result.error().code(), ErrorCode::crashed);
  EXPECT_NE(result.error().text().find("crashed on purpose"), std::string::npos);
  EXPECT_EQ(call(server, Get{"a"}).error().code(), ErrorCode::no_process);
}

TEST_F(Behaviours, AServerCanReplyAndStop) {
  EXPECT_EQ(call(server, Quit{}).value(), "bye");
  system.run_until_idle();
  EXPECT_FALSE(system.is_alive(server.pid()));
}

TEST_F(Behaviours, ATimeoutIsHandledWhenNoMessageComes) {
  EXPECT_TRUE(call(server, Idle{}));
  system.advance(31ms);
  EXPECT_EQ(call(server, Get{"timed"}).value(), "out");
}

TEST_F(Behaviours, AMessageDisarmsTheTimeout) {
  EXPECT_TRUE(call(server, Idle{}));
  EXPECT_TRUE(call(server, Get{"a"}));
  system.advance(1s);
  EXPECT_EQ(call(server, Get{"timed"}).value(), std::nullopt);
}

TEST_F(Behaviours, AServerIsReachedByItsName) {
  auto started = ConfigServer::start_link(system, StartOptions{.name = "config"},
                                          std::map<std::string, std::string>{{"x", "y"}});
  ASSERT_TRUE(started);
  EXPECT_EQ(call(named<ConfigProtocol>(system, "config"), Get{"x"}).value(), "y");
  EXPECT_EQ(call(named<ConfigProtocol>(system, "other"), Get{"x"}).error().code(),
            ErrorCode::no_process);
}

TEST_F(Behaviours, ASecondServerCannotTakeTheName) {
  const StartOptions options{.name = "config"};
  ASSERT_TRUE(ConfigServer::start_link(system, options, std::map<std::string, std::string>{}));
  EXPECT_EQ(ConfigServer::start_link(system, options, std::map<std::string, std::string>{})
                .error()
                .code(),
            ErrorCode::already_exists);
}

TEST_F(Behaviours, ManyRequestsCanBeUnderWayAtOnce) {
  system.run([this] {
    const TimePoint before = clock.now();
    std::vector<PendingReply<int>> pending;
    for (int i = 0; i < 10; ++i) pending.push_back(send_request(server, Slow{}).value());
    for (const auto& each : pending) EXPECT_EQ(receive_response(each).value(), 7);
    EXPECT_EQ(clock.now() - before, 100ms);
  });
}

TEST_F(Behaviours, AProcessThatCallsItselfGetsAnError) {
  class Narcissus : public GenServer<Narcissus, Protocol<Slow>> {
   public:
    Result<int> handle_call(const Slow&) {
      return call(ServerRef<Protocol<Slow>>(current_system(), self()), Slow{});
    }
  };
  const auto own = Narcissus::start_link(system).value();
  EXPECT_EQ(call(own, Slow{}).error().code(), ErrorCode::invalid_argument);
}

TEST_F(Behaviours, AServerThatCannotInitialiseIsNotTerminated) {
  static int terminated = 0;
  class Broken : public GenServer<Broken, Protocol<Slow>> {
   public:
    Result<void> init() { return Error(ErrorCode::not_found, "no licence"); }
    void terminate(const ExitReason&) { ++terminated; }
    int handle_call(const Slow&) { return 0; }
  };
  const auto started = Broken::start_link(system);
  ASSERT_FALSE(started);
  EXPECT_NE(started.error().text().find("no licence"), std::string::npos);
  EXPECT_EQ(terminated, 0);
}

// --- agent -------------------------------------------------------------------

TEST_F(Behaviours, AnAgentKeepsState) {
  const auto agent = Agent<int>::start_link(system, [] { return 1; }).value();
  EXPECT_EQ(agent.get().value(), 1);
  EXPECT_TRUE(agent.update([](int& state) { state += 2; }));
  EXPECT_EQ(agent.get([](int state) { return state * 10; }).value(), 30);
  EXPECT_EQ(agent.get_and_update([](int& state) { return std::exchange(state, 9); }).value(), 3);
  EXPECT_TRUE(agent.cast([](int& state) { state += 1; }));
  EXPECT_EQ(agent.get().value(), 10);
  EXPECT_TRUE(agent.stop());
  EXPECT_EQ(agent.get().error().code(), ErrorCode::no_process);
}

TEST_F(Behaviours, AThrowingUpdateEndsTheAgentAndTellsTheCaller) {
  const auto agent = Agent<int>::start(system, [] { return 1; }).value();
  const auto result = agent.update([](int&) { throw std::runtime_error("no"); });
  EXPECT_EQ(result.error().code(), ErrorCode::crashed);
}

TEST_F(Behaviours, AnAgentThatCannotMakeItsStateDoesNotStart) {
  const auto agent =
      Agent<int>::start(system, []() -> int { throw std::runtime_error("no disk"); });
  EXPECT_NE(agent.error().text().find("no disk"), std::string::npos);
}

// --- task --------------------------------------------------------------------

TEST_F(Behaviours, TasksRunAtTheSameTime) {
  system.run([this] {
    const TimePoint before = clock.now();
    std::vector<Task<int>> tasks;
    for (int i = 0; i < 5; ++i) {
      tasks.push_back(async([i] {
        sleep_for(100ms);
        return i;
      }));
    }
    const auto results = await_many(tasks);
    EXPECT_EQ(results.value(), (std::vector<int>{0, 1, 2, 3, 4}));
    EXPECT_EQ(clock.now() - before, 100ms);
  });
}

TEST_F(Behaviours, YieldGivesNothingUntilTheTaskIsDone) {
  system.run([] {
    auto task = async([] {
      sleep_for(100ms);
      return 1;
    });
    EXPECT_FALSE(task.yield(10ms).has_value());
    EXPECT_EQ(task.yield(200ms)->value(), 1);
  });
}

TEST_F(Behaviours, ACrashOfATaskWithoutLinkIsAnError) {
  system.run([] {
    auto task = async_nolink([]() -> int { throw std::runtime_error("risky"); });
    EXPECT_EQ(task.await().error().code(), ErrorCode::crashed);
  });
}

TEST_F(Behaviours, ATaskThatIsKilledBeforeItRunsIsAnErrorAtOnce) {
  system.run([this] {
    const TimePoint before = clock.now();
    auto task = async_nolink([] { return 1; });
    exit(task.pid(), "kill");
    EXPECT_EQ(task.await().error().code(), ErrorCode::crashed);
    EXPECT_EQ(clock.now(), before);
  });
}

TEST_F(Behaviours, ShutdownEndsATask) {
  system.run([this] {
    auto task = async([] {
      sleep_for(1h);
      return 1;
    });
    const Pid pid = task.pid();
    EXPECT_FALSE(task.shutdown().has_value());
    EXPECT_FALSE(system.is_alive(pid));
  });
}

TEST_F(Behaviours, AsyncStreamKeepsOrderAndBoundsConcurrency) {
  int running = 0;
  int most = 0;
  const std::vector<int> items{5, 4, 3, 2, 1};
  const auto results = async_stream(system, items,
                                    [&](int item) {
                                      most = std::max(most, ++running);
                                      sleep_for(std::chrono::milliseconds(item));
                                      --running;
                                      return item * 2;
                                    },
                                    {.max_concurrency = 2})
                           .value();
  EXPECT_EQ(most, 2);
  ASSERT_EQ(results.size(), 5U);
  for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(results[i].value(), items[i] * 2);
}

TEST_F(Behaviours, AsyncStreamReportsATaskThatIsTooSlow) {
  const auto results =
      async_stream(system, std::vector<int>{1, 100},
                   [](int item) {
                     sleep_for(std::chrono::milliseconds(item));
                     return item;
                   },
                   {.max_concurrency = 2, .timeout = 10ms, .on_timeout = OnTimeout::kill_task})
          .value();
  EXPECT_EQ(results[0].value(), 1);
  EXPECT_EQ(results[1].error().code(), ErrorCode::timeout);
}

}  // namespace
}  // namespace kith
