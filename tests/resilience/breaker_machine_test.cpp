// SPDX-License-Identifier: Apache-2.0
#include "resilience/breaker_machine.hpp"

#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace kith {
namespace {

using std::chrono::seconds;
constexpr auto success = Outcome::success;
constexpr auto failure = Outcome::failure;

BreakerMachine breaker(std::uint32_t threshold, std::uint32_t probes = 1) {
  return BreakerMachine({.failure_threshold = threshold,
                         .open_for = seconds(60),
                         .half_open_probes = probes,
                         .probe_timeout = seconds(30)});
}
void open(BreakerMachine& machine, Duration at) {
  while (machine.state() != BreakerState::open) machine.run_at(failure, at);
}
std::vector<std::pair<Duration, BreakerState>> pairs(
    const std::vector<BreakerTransition>& transitions) {
  std::vector<std::pair<Duration, BreakerState>> result;
  for (const auto& transition : transitions) result.emplace_back(transition.at, transition.to);
  return result;
}
using Steps = std::vector<std::pair<Duration, BreakerState>>;

TEST(BreakerMachine, OpensAfterFailuresInARow) {
  BreakerMachine machine = breaker(3);
  for (const Outcome outcome : {failure, failure, success, failure, failure}) {
    EXPECT_TRUE(machine.run_at(outcome, seconds(1)).transitions.empty());
  }
  EXPECT_EQ(pairs(machine.run_at(failure, seconds(2)).transitions),
            (Steps{{seconds(2), BreakerState::open}}));
  EXPECT_EQ(machine.counters(),
            (BreakerCounters{.requests = 6, .successes = 1, .failures = 5, .refused = 0}));
}

TEST(BreakerMachine, RefusesUntilOpenForHasPassed) {
  BreakerMachine machine = breaker(1);
  open(machine, seconds(100));
  EXPECT_TRUE(machine.run_at(success, seconds(160) - Duration(1)).refused);
  EXPECT_EQ(machine.acquire(seconds(130)).retry_after, Duration(1)) << "its own newest time";
  EXPECT_EQ(pairs(machine.run_at(success, seconds(160)).transitions),
            (Steps{{seconds(160), BreakerState::half_open}, {seconds(160), BreakerState::closed}}));
}

TEST(BreakerMachine, AFailedProbeOpensAgainAtItsTime) {
  BreakerMachine machine = breaker(5);
  open(machine, seconds(0));
  EXPECT_EQ(pairs(machine.run_at(failure, seconds(70)).transitions),
            (Steps{{seconds(70), BreakerState::half_open}, {seconds(70), BreakerState::open}}));
  EXPECT_TRUE(machine.run_at(success, seconds(129)).refused);
  EXPECT_FALSE(machine.run_at(success, seconds(130)).refused);
  EXPECT_EQ(machine.consecutive_failures(), 0U);
}

TEST(BreakerMachine, CountsAnOlderRequestAtItsNewestTime) {
  BreakerMachine machine = breaker(1);
  machine.run_at(success, seconds(100));
  EXPECT_EQ(pairs(machine.run_at(failure, seconds(40)).transitions),
            (Steps{{seconds(100), BreakerState::open}}));
  EXPECT_TRUE(machine.run_at(failure, seconds(160) - Duration(1)).refused);
  EXPECT_TRUE(machine.run_at(failure, seconds(0)).refused);
  EXPECT_FALSE(machine.run_at(success, seconds(160)).refused);
}

TEST(BreakerMachine, RefusedRequestsMoveItsTime) {
  BreakerMachine machine = breaker(1);
  open(machine, seconds(0));
  EXPECT_TRUE(machine.run_at(success, seconds(59)).refused);
  machine.run_at(success, seconds(60));
  EXPECT_EQ(pairs(machine.run_at(failure, seconds(1)).transitions),
            (Steps{{seconds(60), BreakerState::open}}));
  EXPECT_EQ(machine.counters().requests, 4U);
  EXPECT_EQ(machine.counters().refused, 1U);
}

TEST(BreakerMachine, LetsOneProbePassAtATime) {
  BreakerMachine machine = breaker(1);
  open(machine, seconds(0));
  const auto probe = machine.acquire(seconds(60));
  ASSERT_TRUE(probe.permit.has_value());
  EXPECT_EQ(machine.state(), BreakerState::half_open);
  EXPECT_FALSE(machine.acquire(seconds(61)).permit.has_value());
  EXPECT_EQ(pairs(machine.record(*probe.permit, success, seconds(62))),
            (Steps{{seconds(62), BreakerState::closed}}));
}

TEST(BreakerMachine, ACancelledProbeGivesItsPlaceBack) {  // B-016
  BreakerMachine machine = breaker(1);
  open(machine, seconds(0));
  machine.cancel(*machine.acquire(seconds(60)).permit);
  EXPECT_EQ(machine.state(), BreakerState::half_open);
  EXPECT_TRUE(machine.acquire(seconds(60)).permit.has_value());
}

TEST(BreakerMachine, ALostProbeIsGivenUp) {
  BreakerMachine machine = breaker(1);
  open(machine, seconds(0));
  const auto lost = machine.acquire(seconds(60));
  EXPECT_FALSE(machine.acquire(seconds(89)).permit.has_value());
  const auto next = machine.acquire(seconds(90));
  ASSERT_TRUE(next.permit.has_value());
  EXPECT_TRUE(machine.record(*lost.permit, failure, seconds(91)).empty());
  EXPECT_EQ(machine.record(*next.permit, success, seconds(92)).size(), 1U);
}

TEST(BreakerMachine, WhenAProbeIsLostTheOthersStayInFlight) {
  BreakerMachine machine = breaker(1, 2);
  open(machine, seconds(0));
  const auto lost = machine.acquire(seconds(60));
  const auto second = machine.acquire(seconds(89));
  const auto third = machine.acquire(seconds(90));
  ASSERT_TRUE(third.permit.has_value());
  const auto fourth = machine.acquire(seconds(90));
  EXPECT_FALSE(fourth.permit.has_value());
  EXPECT_EQ(fourth.retry_after, seconds(29));
  EXPECT_TRUE(machine.record(*lost.permit, failure, seconds(91)).empty());
  EXPECT_TRUE(machine.record(*second.permit, success, seconds(91)).empty());
  EXPECT_EQ(pairs(machine.record(*third.permit, success, seconds(92))),
            (Steps{{seconds(92), BreakerState::closed}}));
}

TEST(BreakerMachine, ResultsSoFarCountAlsoWhenAProbeIsLost) {
  BreakerMachine machine = breaker(1, 2);
  open(machine, seconds(0));
  const auto first = machine.acquire(seconds(60));
  const auto lost = machine.acquire(seconds(60));
  ASSERT_TRUE(lost.permit.has_value());
  EXPECT_TRUE(machine.record(*first.permit, success, seconds(61)).empty());
  const auto third = machine.acquire(seconds(90));
  EXPECT_FALSE(machine.acquire(seconds(90)).permit.has_value());
  EXPECT_EQ(machine.record(*third.permit, success, seconds(91)).size(), 1U);
  EXPECT_EQ(machine.state(), BreakerState::closed);
}

TEST(BreakerMachine, WhoeverReportsEndsItsOwnProbe) {
  for (const bool cancelled : {false, true}) {
    BreakerMachine machine({.failure_threshold = 1,
                            .half_open_probes = 2,
                            .probe_timeout = seconds(30),
                            .half_open_successes = 9});
    machine.force(BreakerState::half_open, seconds(0));
    const auto older = machine.acquire(seconds(0));
    const auto newer = machine.acquire(seconds(20));
    if (cancelled)
      machine.cancel(*older.permit);
    else
      machine.record(*newer.permit, success, seconds(20));
    EXPECT_TRUE(machine.acquire(seconds(20)).permit.has_value());
    // The next place is free when the older of these two times out.
    EXPECT_EQ(machine.acquire(seconds(20)).retry_after, seconds(cancelled ? 30 : 10));
    machine.cancel(cancelled ? *older.permit : *newer.permit);
    EXPECT_EQ(machine.probes_in_flight(), 2U) << "it has ended before";
  }
}

TEST(BreakerMachine, TimesThatNeverComeDoNotOverflow) {
  const Duration late = Duration::max() - seconds(1);
  BreakerMachine machine({.failure_threshold = 1, .half_open_for = seconds(60)});
  machine.force(BreakerState::half_open, late);
  EXPECT_EQ(machine.next_deadline(), Duration::max());
  EXPECT_TRUE(machine.poll(late).empty());
  machine = BreakerMachine({.failure_threshold = 1, .automatic_half_open = true});
  machine.open_until(Duration::max(), seconds(-5));
  EXPECT_TRUE(machine.poll(std::chrono::hours(24 * 365 * 200)).empty());
  machine = BreakerMachine({.failure_threshold = 2,
                            .policy = BreakerPolicy::failures_in_time,
                            .window_time = seconds(60)});
  machine.run_at(failure, Duration::min() + Duration(1));
  machine.run_at(failure, Duration::max());
  EXPECT_EQ(machine.state(), BreakerState::closed);
}

TEST(BreakerMachine, ATimeWindowLooksBackOverAllOfItsTime) {
  const CircuitBreakerOptions options{.policy = BreakerPolicy::time_window,
                                      .window_time = std::chrono::milliseconds(1500),
                                      .minimum_calls = 10};
  BreakerMachine machine(options);
  machine.run_at(failure, std::chrono::milliseconds(10'900));
  machine.run_at(failure, std::chrono::milliseconds(11'100));
  EXPECT_EQ(machine.metrics().calls, 2U);
  machine.run_at(failure, std::chrono::milliseconds(12'500));
  EXPECT_EQ(machine.metrics().calls, 2U);
}

TEST(BreakerMachine, SeveralProbesMustAllSucceed) {
  BreakerMachine machine = breaker(1, 2);
  open(machine, seconds(0));
  const auto first = machine.acquire(seconds(60));
  const auto second = machine.acquire(seconds(60));
  EXPECT_FALSE(machine.acquire(seconds(60)).permit.has_value());
  EXPECT_TRUE(machine.record(*first.permit, success, seconds(61)).empty());
  EXPECT_FALSE(machine.acquire(seconds(61)).permit.has_value());
  EXPECT_EQ(machine.record(*second.permit, success, seconds(62)).size(), 1U);
  EXPECT_EQ(machine.state(), BreakerState::closed);
}

TEST(BreakerMachine, LateResultsOfAnEarlierSpellChangeNothing) {
  BreakerMachine machine = breaker(1);
  const auto slow = machine.acquire(seconds(0));
  open(machine, seconds(1));
  EXPECT_TRUE(machine.record(*slow.permit, failure, seconds(2)).empty());
  EXPECT_EQ(machine.counters().failures, 1U);
  const auto probe = machine.acquire(seconds(61));
  EXPECT_TRUE(machine.record(*slow.permit, success, seconds(62)).empty());
  EXPECT_EQ(machine.record(*probe.permit, failure, seconds(63)).size(), 1U);
}

TEST(BreakerMachine, ResetClosesIt) {  // B-022
  BreakerMachine machine = breaker(1);
  open(machine, seconds(0));
  EXPECT_EQ(pairs(machine.reset(seconds(5))), (Steps{{seconds(5), BreakerState::closed}}));
  EXPECT_TRUE(machine.reset(seconds(6)).empty());
  EXPECT_FALSE(machine.run_at(success, seconds(7)).refused);
}

TEST(CircuitBreakerOptions, AreChecked) {
  EXPECT_TRUE(validate(CircuitBreakerOptions{}).has_value());
  EXPECT_TRUE(validate(CircuitBreakerOptions{.open_for = Duration::zero()}).has_value());
  EXPECT_FALSE(validate(CircuitBreakerOptions{.failure_threshold = 0}).has_value());
  EXPECT_FALSE(validate(CircuitBreakerOptions{.open_for = seconds(-1)}).has_value());
  EXPECT_FALSE(validate(CircuitBreakerOptions{.half_open_probes = 0}).has_value());
  EXPECT_FALSE(validate(CircuitBreakerOptions{.probe_timeout = seconds(0)}).has_value());
  EXPECT_EQ(breaker_state_from_string("half_open"), BreakerState::half_open);
}

}  // namespace
}  // namespace kith
