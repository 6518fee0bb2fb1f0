// SPDX-License-Identifier: Apache-2.0
#include "supervision/dynamic_supervisor.hpp"
#include "supervision/supervisor.hpp"
#include "tests/supervision/probe.hpp"

namespace kith {
namespace {

using namespace std::chrono_literals;

constexpr Backoff steady{.first = 100ms, .factor = 2, .max = 1s, .jitter = 0};

class BackoffTest : public SupervisionTest {
 protected:
  ChildSpec patient(const std::string& id, ProbeOptions options = {}) {
    ChildSpec spec = probe(id, Restart::permanent, std::move(options));
    spec.backoff = steady;
    return spec;
  }
};

TEST_F(BackoffTest, AChildIsStartedAgainAfterItsDelayOnly) {
  const auto supervisor = Supervisor::start_link(system, {patient("a")}).value();
  tell(supervisor.child_pid("a").value(), Crash{});
  const ChildInfo waiting = supervisor.children().value().front();
  EXPECT_TRUE(waiting.restarting);
  EXPECT_EQ(waiting.next_attempt_ms, 100);
  system.advance(99ms);
  EXPECT_FALSE(supervisor.child_pid("a"));
  system.advance(1ms);
  const ChildInfo running = supervisor.children().value().front();
  EXPECT_TRUE(running.pid);
  EXPECT_EQ(running.restarts, 1U);
  EXPECT_EQ(running.next_attempt_ms, -1);
}

TEST_F(BackoffTest, EachRestartWaitsLongerUpToTheCap) {
  const auto supervisor =
      Supervisor::start_link(system, {patient("a")}, {.max_restarts = 100}).value();
  for (const std::int64_t expected : {100, 200, 400, 800, 1000, 1000}) {
    tell(supervisor.child_pid("a").value(), Crash{});
    EXPECT_EQ(supervisor.children().value().front().next_attempt_ms, expected);
    system.advance(std::chrono::milliseconds(expected));
  }
}

TEST_F(BackoffTest, AChildThatRanForLongBeginsAnew) {
  const auto supervisor = Supervisor::start_link(system, {patient("a")}).value();
  tell(supervisor.child_pid("a").value(), Crash{});
  system.advance(100ms);
  system.advance(1s);
  tell(supervisor.child_pid("a").value(), Crash{});
  EXPECT_EQ(supervisor.children().value().front().next_attempt_ms, 100);
}

TEST_F(BackoffTest, AFailedStartWaitsToo) {
  auto failing = std::make_shared<int>(0);
  const auto supervisor =
      Supervisor::start_link(system, {patient("a", {.failing_starts = failing})}).value();
  *failing = 1;
  tell(supervisor.child_pid("a").value(), Crash{});
  system.advance(100ms);
  EXPECT_EQ(supervisor.children().value().front().next_attempt_ms, 200);
  system.advance(200ms);
  EXPECT_TRUE(supervisor.child_pid("a"));
}

TEST_F(BackoffTest, TerminateChildEndsTheWait) {
  const auto supervisor = Supervisor::start_link(system, {patient("a")}).value();
  tell(supervisor.child_pid("a").value(), Crash{});
  EXPECT_TRUE(supervisor.terminate_child("a"));
  system.advance(10s);
  EXPECT_EQ(supervisor.child_pid("a").error().code(), ErrorCode::no_process);
}

TEST_F(BackoffTest, WorksInDynamicSupervisors) {
  const auto supervisor = DynamicSupervisor::start_link(system).value();
  tell(supervisor.start_child(patient("a")).value(), Crash{});
  EXPECT_EQ(supervisor.children().value().front().next_attempt_ms, 100);
  system.advance(99ms);
  EXPECT_EQ(supervisor.count().value().active, 0U);
  system.advance(1ms);
  EXPECT_EQ(supervisor.count().value().active, 1U);
}

TEST(BackoffDelay, IsSpreadByItsJitterAndNoMore) {
  const Backoff backoff{.first = 1s, .factor = 1, .max = 1s, .jitter = 0.2};
  Duration least = Duration::max();
  Duration most = Duration::zero();
  for (std::uint64_t i = 1; i <= 1000; ++i) {
    const Duration delay = detail::backoff_delay(backoff, i, "a");
    least = std::min(least, delay);
    most = std::max(most, delay);
  }
  EXPECT_GE(least, 800ms);
  EXPECT_LT(least, 850ms);
  EXPECT_LE(most, 1200ms);
  EXPECT_GT(most, 1150ms);
}

}  // namespace
}  // namespace kith
