// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <string>

#include <gtest/gtest.h>

#include "actor/agent.hpp"
#include "actor/event_state_machine.hpp"
#include "actor/gen_server.hpp"
#include "actor/multi_call.hpp"
#include "actor/process_info.hpp"
#include "actor/server_control.hpp"
#include "actor/task.hpp"
#include "actor/trace.hpp"
#include "core/clock.hpp"

/// Passes edge values for each duration of the API: negative, zero, the shortest, the longest
/// (which is `infinite`), and the one below it.
namespace kith {
namespace {

using namespace std::chrono_literals;

constexpr Duration longest = Duration::max() - 1ns;

class DurationEdges : public ::testing::TestWithParam<Duration> {
 protected:
  /// Returns true if the timeout expires without any other event.
  [[nodiscard]] static bool is_short() { return GetParam() <= 1ns; }

  ManualClock clock_;
  System system_{{.workers = 0, .clock = &clock_}};
};

INSTANTIATE_TEST_SUITE_P(Edges, DurationEdges,
                         ::testing::Values(Duration::min(), -1ns, 0ns, 1ns, longest, infinite),
                         [](const auto& edge) { return "Edge" + std::to_string(edge.index); });

struct Note {};
struct Ask {
  using Reply = int;
};

/// Runs `f` in a process and returns whether it ends within a day.
template <typename F>
bool ends_within_a_day(System& system, F f) {
  bool ended = false;
  spawn(system, [&ended, f] {
    f();
    ended = true;
  });
  system.advance(24h);
  return ended;
}

TEST_P(DurationEdges, OfSleepAndReceive) {
  const Duration d = GetParam();
  EXPECT_EQ(ends_within_a_day(system_, [d] { sleep_for(d); }), is_short());
  EXPECT_EQ(ends_within_a_day(system_, [d] { static_cast<void>(receive<Note>(d)); }), is_short());
  const auto any = [](int) { return true; };
  EXPECT_EQ(ends_within_a_day(system_, [=] { static_cast<void>(receive_where<int>(any, d)); }),
            is_short());
  EXPECT_EQ(ends_within_a_day(system_, [d] { static_cast<void>(receive<Note, int>(d)); }),
            is_short());
}

TEST_P(DurationEdges, OfATimer) {
  const Duration d = GetParam();
  int came = 0;
  spawn(system_, [&came, d] {
    const Timer timer = send_after(d, self(), Note{});
    const auto left = time_left(timer);
    EXPECT_TRUE(!left || *left > 0ns);
    while (receive<Note>()) ++came;
  });
  system_.advance(24h);
  EXPECT_EQ(came, is_short() ? 1 : 0);
}

/// Does not reply to its callers.
class Silent : public GenServer<Silent, Protocol<Ask, Note>> {
 public:
  static Then init() { return {}; }
  static void handle_call(const Ask&, const From<int>&) {}
  static void handle_cast(const Note&) {}
};

TEST_P(DurationEdges, OfCallsAndRequests) {
  const Duration d = GetParam();
  const auto server = Silent::start(system_).value();
  EXPECT_EQ(ends_within_a_day(system_, [=] { EXPECT_FALSE(call(server, Ask{}, d)); }), is_short());
  EXPECT_EQ(ends_within_a_day(system_,
                              [=] {
                                const auto request = send_request(server, Ask{}).value();
                                EXPECT_FALSE(receive_response(request, d));
                              }),
            is_short());
  EXPECT_EQ(ends_within_a_day(system_,
                              [=] {
                                const auto all = multi_call(std::vector{server, server}, Ask{}, d);
                                EXPECT_EQ(all.size(), 2U);
                              }),
            is_short());
}

TEST_P(DurationEdges, OfLookingAtAndStoppingServers) {
  const Duration d = GetParam();
  const auto server = Silent::start(system_).value();
  const bool in_time = d > 0ns;  // the reply takes no virtual time
  system_.run([&] {
    EXPECT_EQ(Silent::get_state(server, [](const Silent&) { return 1; }, d).has_value(), in_time);
    EXPECT_EQ(suspend_server(server, d).has_value(), in_time);
    EXPECT_EQ(resume_server(server, d).has_value(), in_time);
    EXPECT_EQ(process_info(server.pid(), d).has_value(), in_time);
    EXPECT_EQ(trace(server.pid(), self(), d).has_value(), in_time);
    EXPECT_EQ(stop_server(server, "normal", d).has_value(), in_time);
  });
}

TEST_P(DurationEdges, OfTheStartOfAServer) {
  const auto started = Silent::start(system_, StartOptions{.timeout = GetParam()});
  EXPECT_EQ(started.has_value(), GetParam() > 0ns);
  EXPECT_TRUE(started || started.error().code() == ErrorCode::timeout);
}

TEST_P(DurationEdges, OfAgents) {
  const auto agent = Agent<int>::start(system_, [] { return 7; }).value();
  const auto got = agent.get([](int value) { return value; }, GetParam());
  EXPECT_EQ(got.has_value(), GetParam() > 0ns);
}

class TimesOut : public GenServer<TimesOut, Protocol<Note>> {
 public:
  explicit TimesOut(Duration d) : d_(d) {}
  [[nodiscard]] Then init() const { return timeout(d_); }
  static void handle_cast(const Note&) {}
  void handle_info(const Timeout&) { ++fired; }
  int fired = 0;

 private:
  Duration d_;
};

TEST_P(DurationEdges, OfATimeoutOfAServer) {
  const auto server = TimesOut::start(system_, GetParam()).value();
  system_.advance(24h);
  const auto fired = TimesOut::get_state(server, [](const TimesOut& s) { return s.fired; });
  EXPECT_EQ(fired.value(), is_short() ? 1 : 0);
}

struct Late {};
class MachineEdges : public EventStateMachine<MachineEdges, Protocol<Note>, std::string, int> {
 public:
  explicit MachineEdges(Duration d) : d_(d) {}
  [[nodiscard]] Step init() const {
    return begin("only", 0)
        .state_timeout(d_, Late{})
        .event_timeout(d_, Late{})
        .timeout("third", d_, Late{});
  }
  static Step handle_event(const MachineEvent&, const std::string&, const int& fired) {
    return keep().with_data(fired + 1);
  }

 private:
  Duration d_;
};

TEST_P(DurationEdges, OfATimeoutOfAMachine) {
  const auto machine = MachineEdges::start(system_, GetParam()).value();
  system_.advance(24h);
  if (GetParam() < 0ns) {
    EXPECT_FALSE(system_.is_alive(machine.pid())) << "a negative time is a bad action";
    return;
  }
  const int fired = MachineEdges::get_state(machine).value().data;
  // The first of several timers due at once is an event, which ends the wait for one.
  EXPECT_EQ(fired > 0, is_short());
}

TEST_P(DurationEdges, OfTasks) {
  const Duration d = GetParam();
  const auto forever = [] { static_cast<void>(receive<Note>()); };
  EXPECT_EQ(ends_within_a_day(system_,
                              [=] {
                                auto task = async_nolink(forever);
                                EXPECT_FALSE(task.await(d));
                              }),
            is_short());
  EXPECT_EQ(ends_within_a_day(system_,
                              [=] {
                                auto task = async_nolink(forever);
                                EXPECT_FALSE(task.yield(d));
                              }),
            is_short());
  EXPECT_EQ(ends_within_a_day(system_,
                              [=] {
                                std::vector<Task<int>> tasks;
                                tasks.push_back(async_nolink([] {
                                  static_cast<void>(receive<Note>());
                                  return 1;
                                }));
                                EXPECT_FALSE(yield_many(tasks, d).front());
                                EXPECT_FALSE(yield_first(tasks, d));
                                EXPECT_FALSE(await_many(tasks, d));
                              }),
            is_short());
  EXPECT_EQ(ends_within_a_day(system_,
                              [=] {
                                const StreamOptions options{.timeout = d, .linked = false};
                                const std::vector<int> items{1};
                                const auto wait = [](int) {
                                  static_cast<void>(receive<Note>());
                                  return 1;
                                };
                                EXPECT_FALSE(async_stream(items, wait, options));
                              }),
            is_short());
}

TEST_P(DurationEdges, OfTheEndOfATask) {
  const Duration d = GetParam();
  EXPECT_TRUE(ends_within_a_day(system_, [=] {
    auto task = async_nolink([] { static_cast<void>(receive<Note>()); });
    sleep_for(1ms);
    EXPECT_FALSE(task.shutdown(d));
  }));
}

TEST(DurationsOfTheClock, AnInstantThatWouldLieBeyondTheEndOfTimeIsTheEndOfTime) {
  constexpr TimePoint now{1h};
  EXPECT_EQ(deadline_after(now, 1s), now + 1s);
  EXPECT_EQ(deadline_after(now, infinite), TimePoint::max());
  EXPECT_EQ(deadline_after(now, longest), TimePoint::max());
  EXPECT_EQ(deadline_after(now, -2h), TimePoint(-1h));
  EXPECT_EQ(deadline_after(now, Duration::min()).time_since_epoch(), Duration::min() + 1h);
  EXPECT_EQ(deadline_after(TimePoint::max(), 1ns), TimePoint::max());
}

TEST(DurationsOfTheClock, AClockThatIsMovedBeyondTheEndOfTimeStaysThere) {
  ManualClock clock;
  clock.advance(infinite);
  clock.advance(infinite);
  EXPECT_EQ(clock.now(), TimePoint::max());
  EXPECT_EQ(clock.wall(), WallTime::max());
}

TEST(DurationsOfTheClock, ASystemCanBeDrivenToTheEndOfTime) {
  ManualClock clock;
  System system({.workers = 0, .clock = &clock});
  bool fired = false;
  spawn(system, [&] {
    static_cast<void>(send_after(infinite, self(), Note{}));
    sleep_for(std::chrono::hours(24) * 365 * 200);
    fired = true;
    static_cast<void>(receive<Note>());
    ADD_FAILURE() << "what never comes has come";
  });
  system.advance(infinite);
  EXPECT_TRUE(fired);
  EXPECT_EQ(clock.now(), TimePoint::max());
}

}  // namespace
}  // namespace kith
