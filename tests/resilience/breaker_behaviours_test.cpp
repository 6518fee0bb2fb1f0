// SPDX-License-Identifier: Apache-2.0

/// The numbered behaviours of circuit breakers (B-...) that need no other nodes.

#include <initializer_list>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "resilience/breaker_machine.hpp"
#include "resilience/circuit_breaker.hpp"
#include "tests/resilience/breaker_fixture.hpp"

namespace kith {
namespace {

using namespace breaker_test;  // NOLINT(google-build-using-namespace): its shorthands

TEST_F(Breakers, B001_AnOpenOneRefusesAndCountsIt) {
  machine_.force(BreakerState::open, now_);
  EXPECT_TRUE(refused());
  EXPECT_EQ(machine_.counters().refused, 1U);
}

TEST_F(Breakers, B002_AForcedOpenOneStaysSo) {
  machine_.force(BreakerState::forced_open, now_);
  EXPECT_TRUE(refused());
  now_ += seconds(6);
  EXPECT_TRUE(refused());
  EXPECT_EQ(state(), BreakerState::forced_open);
  EXPECT_EQ(machine_.counters().refused, 2U);
}

TEST_F(Breakers, B004_EachHalfOpenBeginsWithAllItsPermits) {
  for (int round = 0; round < 2; ++round) {
    machine_.force(BreakerState::open, now_);
    half_open();
    for (int i = 0; i < 4; ++i) EXPECT_FALSE(refused());
    EXPECT_TRUE(refused());
  }
}

TEST_F(Breakers, B005_OpensWhenTheRateOfFailuresReachesItsThreshold) {
  for (const Outcome outcome : {S, S, S, E, E}) {
    play({{outcome}});
    EXPECT_EQ(state(), BreakerState::closed);
    now_ += seconds(1);
  }
  play({{E}});
  EXPECT_EQ(state(), BreakerState::open);
}

TEST_F(Breakers, B007_OpensWhenTheRateOfSlowCallsReachesItsThreshold) {
  const Duration quick = milliseconds(100);
  play({{E, seconds(5)}, {S, seconds(5)}, {E, quick}, {S, quick}});
  EXPECT_EQ(state(), BreakerState::closed);
  play({{S, seconds(5)}});
  EXPECT_EQ(state(), BreakerState::open);
  EXPECT_EQ(machine_.metrics().slow, 3U);
  EXPECT_EQ(machine_.metrics().slow_rate, 60);
}

TEST_F(Breakers, B008_MeasuresHowLongACallTook) {
  ManualClock clock;
  CircuitBreaker breaker(base(), clock);
  for (const int took : {5, 5, 1, 1, 5}) {
    EXPECT_EQ(breaker.state(), BreakerState::closed);
    (void)breaker.run([&] { clock.advance(seconds(took)); });
  }
  EXPECT_EQ(breaker.state(), BreakerState::open);
}

TEST_F(Breakers, B010_IsHalfOpenWhenItsTimeIsOver) {
  auto options = base();
  options.open_for = hours(2);
  machine_ = BreakerMachine(options);
  machine_.force(BreakerState::open, now_);
  now_ += hours(1);
  EXPECT_TRUE(refused());
  now_ += hours(1) + seconds(1);
  EXPECT_FALSE(refused());
  EXPECT_EQ(state(), BreakerState::half_open);
}

TEST_F(Breakers, B011_IsOpenUntilAnInstant) {
  const Duration until = now_ + hours(1);
  machine_.open_until(until, now_);
  now_ = until - minutes(15);
  EXPECT_TRUE(refused());
  now_ = until + seconds(1);
  EXPECT_FALSE(refused());
  EXPECT_EQ(state(), BreakerState::half_open);
}

TEST_F(Breakers, B013_HalfOpenOpensAgainWhenTooManyFail) {
  half_open();
  play({{E}, {E}, {S}});
  EXPECT_EQ(machine_.metrics().failed, 2U);
  EXPECT_EQ(state(), BreakerState::half_open);
  play({{E}});
  EXPECT_EQ(state(), BreakerState::open);
  EXPECT_EQ(machine_.metrics().failed, 3U);
  EXPECT_EQ(machine_.metrics().failure_rate, 75);
}

TEST_F(Breakers, B014_HalfOpenOpensAgainWhenTooManyAreSlow) {
  half_open();
  play({{S, seconds(5)}, {S, seconds(5)}, {S, seconds(5)}});
  EXPECT_EQ(state(), BreakerState::half_open);
  play({{S, seconds(1)}});
  EXPECT_EQ(state(), BreakerState::open);
  EXPECT_EQ(machine_.metrics().slow_rate, 75);
  EXPECT_EQ(machine_.metrics().failure_rate, 0);
  now_ += seconds(5);
  EXPECT_FALSE(refused());
  EXPECT_EQ(machine_.metrics(), BreakerMetrics{}) << "half-open begins with nothing";
}

TEST_F(Breakers, B016_AnIgnoredErrorGivesItsPermitBack) {
  half_open();
  play({{S}, {S}, {S}, {I}});
  EXPECT_EQ(state(), BreakerState::half_open);
  EXPECT_EQ(machine_.metrics().calls, 3U);
  play({{E}});
  EXPECT_EQ(state(), BreakerState::closed);
}

TEST_F(Breakers, B017_IgnoredErrorsDecideNothing) {
  half_open();
  play({{I}, {I}, {I}, {I}});
  EXPECT_EQ(state(), BreakerState::half_open);
  EXPECT_EQ(machine_.metrics().calls, 0U);
  play({{S}, {S}, {S}, {S}});
  EXPECT_EQ(state(), BreakerState::closed);
}

TEST_F(Breakers, B019_MetricsOnlyTellsOnceAndNeverOpens) {
  machine_.force(BreakerState::metrics_only, now_);
  play({{E}, {E}, {E}, {S}});
  EXPECT_EQ(machine_.take_alarms(), BreakerAlarms{});
  play({{S}});
  EXPECT_EQ(machine_.metrics().failure_rate, 60);
  EXPECT_EQ(machine_.take_alarms(), (BreakerAlarms{.failure_rate = true}));
  play({{E}, {E}});
  EXPECT_EQ(machine_.take_alarms(), BreakerAlarms{});
  EXPECT_EQ(state(), BreakerState::metrics_only);
}

TEST_F(Breakers, B020_MetricsOnlyTellsOneEventOfEachRate) {
  ManualClock clock;
  CircuitBreaker breaker(base(), clock);
  int failure_events = 0;
  int slow_events = 0;
  breaker.on_event([&](const BreakerEvent& event) {
    failure_events += event.kind == BreakerEvent::Kind::failure_rate_exceeded ? 1 : 0;
    slow_events += event.kind == BreakerEvent::Kind::slow_rate_exceeded ? 1 : 0;
  });
  breaker.force(BreakerState::metrics_only);
  std::vector<ScopedPermit> permits;
  for (int i = 0; i < 8; ++i) permits.push_back(breaker.acquire().value());
  clock.advance(seconds(5));
  for (auto& permit : permits) permit.failure();
  EXPECT_EQ(failure_events, 1);
  EXPECT_EQ(slow_events, 1);
}

TEST_F(Breakers, B022_ResetClosesAndForgets) {
  play({{E}, {E}, {E}, {E}, {E}});
  ASSERT_EQ(state(), BreakerState::open);
  machine_.reset(now_);
  EXPECT_EQ(state(), BreakerState::closed);
  EXPECT_EQ(machine_.metrics(), BreakerMetrics{});
}

TEST_F(Breakers, B023_EnteringMetricsOnlyForgets) {
  play({{E}, {S}});
  machine_.force(BreakerState::metrics_only, now_);
  EXPECT_EQ(machine_.metrics(), BreakerMetrics{});
}

TEST_F(Breakers, B025_HalfOpenWithoutADecisionEnds) {
  for (const auto after : {BreakerState::open, BreakerState::closed}) {
    auto options = base();
    options.after_half_open = after;
    machine_ = BreakerMachine(options);
    half_open();
    EXPECT_EQ(machine_.next_deadline(), now_ + seconds(1));
    now_ += seconds(1) - Duration(1);
    machine_.poll(now_);
    EXPECT_EQ(state(), BreakerState::half_open);
    now_ += Duration(1);
    machine_.poll(now_);
    EXPECT_EQ(state(), after);
  }
}

TEST_F(Breakers, B026_BeginsInTheStateItIsGiven) {
  EXPECT_EQ(state(), BreakerState::closed);
  for (const auto initial :
       {BreakerState::open, BreakerState::metrics_only, BreakerState::disabled}) {
    auto options = base();
    options.initial_state = initial;
    EXPECT_EQ(BreakerMachine(options).state(), initial);
  }
  auto options = base();
  options.initial_state = BreakerState::open;
  machine_ = BreakerMachine(options);
  EXPECT_TRUE(refused());
  now_ += seconds(5);
  EXPECT_FALSE(refused());
}

TEST_F(Breakers, B028_BecomesHalfOpenByItselfOnce) {
  auto options = base();
  options.automatic_half_open = true;
  options.open_for = milliseconds(2000);
  machine_ = BreakerMachine(options);
  EXPECT_FALSE(machine_.next_deadline().has_value());
  machine_.force(BreakerState::open, now_);
  EXPECT_EQ(machine_.next_deadline(), now_ + milliseconds(2000));
  machine_.force(BreakerState::forced_open, now_);
  EXPECT_FALSE(machine_.next_deadline().has_value());
  machine_.force(BreakerState::open, now_);
  now_ += milliseconds(2000);
  EXPECT_EQ(machine_.poll(now_).size(), 1U);
  EXPECT_TRUE(machine_.poll(now_).empty());
  EXPECT_EQ(state(), BreakerState::half_open);
}

TEST_F(Breakers, B029_ACountWindowKeepsTheLastCalls) {
  auto options = base();
  options.policy = BreakerPolicy::count_window;
  options.window_calls = options.minimum_calls = 10;
  OutcomeWindow window(options);
  const auto add = [&](std::initializer_list<Outcome> outcomes) {
    for (const Outcome outcome : outcomes) window.record(options, outcome == E, {}, now_);
    return window.metrics(options, now_);
  };
  EXPECT_EQ(add({S, S, E, E}).calls, 4U);
  EXPECT_EQ(add({}).failure_rate, -1);
  const BreakerMetrics full = add({E, E, E, E, S, S, S, S});
  EXPECT_EQ(full.calls, 10U);
  EXPECT_EQ(full.failed, 6U);
  EXPECT_EQ(full.failure_rate, 60);
  EXPECT_EQ(add({S, S, S}).failure_rate, 30);
}

TEST_F(Breakers, B031_HalfOpenWithoutALongestStayNeverEnds) {
  auto options = base();
  options.half_open_for = Duration::zero();
  ASSERT_TRUE(validate(options).has_value());
  machine_ = BreakerMachine(options);
  half_open();
  EXPECT_FALSE(machine_.next_deadline().has_value());
}

TEST_F(Breakers, B032_ACountWindowNeedsNoMoreCallsThanItHolds) {
  auto options = base();
  options.policy = BreakerPolicy::count_window;
  options.window_calls = 5;
  options.minimum_calls = 6;
  machine_ = BreakerMachine(options);
  play({{E}, {E}, {E}, {E}});
  EXPECT_EQ(state(), BreakerState::closed);
  play({{E}});
  EXPECT_EQ(state(), BreakerState::open);
  options.policy = BreakerPolicy::time_window;
  options.window_time = seconds(10);
  options.minimum_calls = 100;
  machine_ = BreakerMachine(options);
  for (int i = 0; i < 99; ++i) play({{E}});
  EXPECT_EQ(state(), BreakerState::closed);
  play({{E}});
  EXPECT_EQ(state(), BreakerState::open);
}

TEST_F(Breakers, B034_ATimeWindowForgetsSecondBySecond) {
  auto options = base();
  options.window_time = seconds(5);
  OutcomeWindow window(options);
  const auto add = [&](int tenths, Outcome outcome) {
    const Duration at = now_ + milliseconds(100 * tenths);
    window.record(options, outcome == E, {}, at);
    return window.metrics(options, at);
  };
  add(0, S);
  add(1, E);
  add(2, S);
  add(12, S);
  add(22, S);
  add(32, E);
  const BreakerMetrics seven = add(42, S);
  EXPECT_EQ(seven.calls, 7U);
  EXPECT_EQ(seven.failed, 2U);
  const BreakerMetrics five = add(52, S);
  EXPECT_EQ(five.calls, 5U);
  EXPECT_EQ(five.failed, 1U);
}

TEST_F(Breakers, B035_TheTimeOfCallsIsSummed) {
  machine_.force(BreakerState::metrics_only, now_);
  const Duration quick = milliseconds(100);
  play({{S, seconds(10)}, {S, seconds(10)}, {S, quick}, {S, quick}, {S, quick}});
  EXPECT_EQ(machine_.metrics().slow_rate, 40);
  EXPECT_EQ(machine_.metrics().total_time, milliseconds(20'300));
  EXPECT_EQ(machine_.metrics().mean_time(), milliseconds(4060));
}

TEST_F(Breakers, B037_AFuseBlowsAtTheThirdMeltAndHealsByItself) {
  machine_ = BreakerMachine(fuse());
  play({{E}, {E}, {S}});
  EXPECT_EQ(state(), BreakerState::closed);
  play({{E}});
  EXPECT_EQ(state(), BreakerState::open);
  now_ += seconds(60);
  const auto healed = machine_.poll(now_);
  ASSERT_EQ(healed.size(), 1U);
  EXPECT_EQ(healed[0].to, BreakerState::closed);
}

TEST_F(Breakers, B038_ResetClearsMeltsAndTheTimer) {
  machine_ = BreakerMachine(fuse());
  play({{E}, {E}, {E}});
  machine_.reset(now_);
  EXPECT_FALSE(machine_.next_deadline().has_value());
  play({{E}, {E}, {S}});
  EXPECT_EQ(state(), BreakerState::closed);
}

TEST_F(Breakers, B040_MeltsAsOldAsThePeriodFallOut) {
  for (const auto& [age, opens] : {std::pair(Duration(milliseconds(60)), false),
                                   std::pair(Duration(milliseconds(60)) - Duration(1), true)}) {
    machine_ = BreakerMachine(fuse());
    play({{E}, {E}});
    now_ += age;
    play({{E}});
    EXPECT_EQ(state() == BreakerState::open, opens);
  }
}

TEST_F(Breakers, B041_DefinedAnewItForgetsMeltsAndTheTimerButStaysDisabled) {
  machine_ = BreakerMachine(fuse());
  const BreakerPermit out = *machine_.acquire(now_).permit;
  play({{E}, {E}});
  auto other = fuse();
  other.open_for = seconds(7);
  EXPECT_TRUE(machine_.redefine(other, now_).empty());
  EXPECT_EQ(machine_.consecutive_failures(), 0U);
  machine_.record(out, E, now_);  // of before
  play({{E}, {E}});
  EXPECT_EQ(state(), BreakerState::closed);
  play({{E}});
  EXPECT_EQ(state(), BreakerState::open);
  const auto closes = machine_.redefine(fuse(), now_);
  ASSERT_EQ(closes.size(), 1U);
  EXPECT_EQ(closes[0], (BreakerTransition{now_, BreakerState::closed}));
  EXPECT_EQ(state(), BreakerState::closed);
  EXPECT_EQ(machine_.metrics(), BreakerMetrics{});
  EXPECT_EQ(machine_.next_deadline(), std::nullopt);
  machine_.force(BreakerState::disabled, now_);
  EXPECT_TRUE(machine_.redefine(other, now_).empty());
  EXPECT_EQ(state(), BreakerState::disabled);
}

TEST_F(Breakers, B044_ThereIsOneTimerAndALateOneChangesNothing) {
  machine_ = BreakerMachine(fuse());
  std::vector<BreakerPermit> out;
  for (int i = 0; i < 6; ++i) out.push_back(*machine_.acquire(now_).permit);
  for (const auto& permit : out) machine_.record(permit, E, now_);
  const Duration deadline = machine_.next_deadline().value();
  machine_.reset(now_);
  machine_.force(BreakerState::open, now_ + seconds(1));
  EXPECT_TRUE(machine_.poll(deadline).empty());
  EXPECT_EQ(state(), BreakerState::open);
}

TEST_F(Breakers, B046_InjectedFaultsRefuseTheirPartWhileItIsClosed) {
  auto options = fuse();
  options.fault_rate = 0.3;
  machine_ = BreakerMachine(options, 42);
  int blown = 0;
  for (int i = 0; i < 10'000; ++i) blown += refused() ? 1 : 0;
  EXPECT_NEAR(blown, 3000, 150);
  for (int i = 0; i < 3;) {
    const auto admission = machine_.acquire(now_);
    if (!admission.permit) continue;
    machine_.record(*admission.permit, E, now_);
    ++i;
  }
  EXPECT_EQ(state(), BreakerState::open);
}

TEST_F(Breakers, AnInjectedFaultDoesNotHideThatItClosedByItself) {
  auto options = fuse();
  options.fault_rate = 1;
  machine_ = BreakerMachine(options);
  machine_.force(BreakerState::open, now_);
  now_ += options.open_for;
  const auto admission = machine_.acquire(now_);
  EXPECT_FALSE(admission.permit.has_value());
  ASSERT_EQ(admission.transitions.size(), 1U);
  EXPECT_EQ(admission.transitions[0].to, BreakerState::closed);
}

}  // namespace
}  // namespace kith
