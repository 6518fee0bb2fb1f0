// SPDX-License-Identifier: Apache-2.0

/// States set by hand, and the metrics of breakers.

#include <array>
#include <chrono>
#include <vector>

#include <gtest/gtest.h>

#include "resilience/circuit_breaker.hpp"
#include "resilience/limiter_time.hpp"
#include "tests/resilience/breaker_fixture.hpp"

namespace kith {
namespace {

using namespace breaker_test;  // NOLINT(google-build-using-namespace): its shorthands

constexpr std::array by_hand{BreakerState::disabled, BreakerState::forced_open,
                             BreakerState::forced_closed, BreakerState::metrics_only};

/// Actions of programs and time on a breaker.
void live(BreakerMachine& machine, Duration& now) {
  for (int i = 0; i < 20; ++i) {
    const auto asked = machine.acquire(now);
    const CallResult result{.outcome = E, .open_for = seconds(9)};
    if (asked.permit) machine.record(*asked.permit, result, now);
    machine.poll(now += minutes(7));
  }
  auto other = base();
  other.open_for = seconds(8);
  machine.redefine(other, now);
  other.initial_state = BreakerState::half_open;
  machine.redefine(other, now);
  machine.run_at(E, now);
  machine.redefine(fuse(), now);
}

TEST_F(Breakers, AStateSetByHandDominatesAllThatProgramsAndTimeDo) {
  for (const auto first : {BreakerState::closed, BreakerState::open, BreakerState::half_open}) {
    for (const auto state : by_hand) {
      SCOPED_TRACE(to_string(state));
      auto options = fuse();
      options.automatic_half_open = true;
      options.half_open_for = seconds(1);
      BreakerMachine machine(options);
      machine.force(first, now_);
      const auto permit = machine.acquire(now_).permit;
      machine.force(state, now_);
      if (permit) machine.record(*permit, E, now_);
      live(machine, now_);
      EXPECT_EQ(machine.state(), state);
      EXPECT_EQ(machine.next_deadline(), std::nullopt);
      for (const bool reset : {true, false}) {
        machine.force(state, now_);
        const auto changes =
            reset ? machine.reset(now_) : machine.force(BreakerState::closed, now_);
        EXPECT_EQ(changes, (std::vector{BreakerTransition{now_, BreakerState::closed}}));
      }
      for (int i = 0; i < 3; ++i) machine.run_at(E, now_);
      EXPECT_EQ(machine.state(), BreakerState::open) << "it is one like others again";
    }
  }
}

TEST_F(Breakers, OpenByHandStaysSoUntilItsTimeAlsoWhenDefinedAnew) {
  machine_ = BreakerMachine(base());
  machine_.open_until(now_ + minutes(10), now_);
  EXPECT_TRUE(machine_.redefine(fuse(), now_ + minutes(1)).empty());
  EXPECT_FALSE(machine_.acquire(now_ + minutes(9)).permit);
  EXPECT_TRUE(machine_.acquire(now_ + minutes(10)).permit);
  // Then programs control it again.
  EXPECT_EQ(machine_.state(), BreakerState::closed);
  for (int i = 0; i < 3; ++i) machine_.run_at(E, now_ + minutes(10));
  EXPECT_EQ(machine_.redefine(base(), now_ + minutes(10)).size(), 1U);
}

TEST_F(Breakers, AnOpenOneShowsWhatItOpenedWithHoweverLongAgo) {
  auto options = base();
  options.open_for = hours(1);
  machine_ = BreakerMachine(options);
  play({{E}, {E}, {E}, {E}, {E}});
  const BreakerMetrics opened_with = machine_.metrics();
  EXPECT_EQ(opened_with.failed, 5U);
  now_ += minutes(30);
  EXPECT_TRUE(refused());
  EXPECT_EQ(machine_.metrics(), opened_with);
  EXPECT_EQ(machine_.metrics(now_ + minutes(5)), opened_with);
}

TEST_F(Breakers, WhatIsOlderThanThePeriodIsNotShown) {
  machine_ = BreakerMachine(fuse());
  play({{E}, {E}});
  EXPECT_EQ(machine_.consecutive_failures(now_), 2U);
  EXPECT_EQ(machine_.consecutive_failures(now_ + milliseconds(60)), 0U);
  machine_ = BreakerMachine(base());
  play({{E}, {E}});
  EXPECT_EQ(machine_.metrics(now_).failed, 2U);
  EXPECT_EQ(machine_.metrics(now_ + seconds(21)).failed, 0U);
}

TEST(CircuitBreakerEvents, OnlyFailuresThatCountAreTold) {
  ManualClock clock;
  CircuitBreaker breaker({}, clock, "b");
  int failures = 0;
  breaker.on_event([&](const BreakerEvent& event) {
    failures += event.kind == BreakerEvent::Kind::failure ? 1 : 0;
  });
  const auto fail = [] { return Result<int>(ErrorCode::timeout, "no"); };
  breaker.force(BreakerState::disabled);
  EXPECT_FALSE(breaker.run(fail));
  EXPECT_EQ(failures, 0);
  auto of_before = breaker.acquire().value();
  breaker.reset();
  of_before.failure();
  EXPECT_EQ(failures, 0);
  EXPECT_FALSE(breaker.run(fail));
  EXPECT_EQ(failures, 1);
}

TEST(CircuitBreakerRefusal, NamesTheBreakerItsStateAndWhenToTryAgain) {
  ManualClock clock;
  CircuitBreaker breaker({.failure_threshold = 1}, clock, "bank");
  const auto text = [&] { return breaker.acquire().error().text(); };
  breaker.force(BreakerState::forced_open);
  EXPECT_EQ(text(), "the breaker 'bank' is forced_open by hand; reset it to go on");
  breaker.open_for(milliseconds(1150));
  EXPECT_EQ(text(), "the breaker 'bank' is open; try again in 1.2 s");
  clock.advance(seconds(2));
  const auto probe = breaker.acquire();
  ASSERT_TRUE(probe);
  EXPECT_EQ(text(), "the breaker 'bank' is half_open; try again in 60.0 s");
}

TEST(CircuitBreakerName, IsNotEmpty) {
  ManualClock clock;
  CircuitBreaker breaker({}, clock, "");
  EXPECT_EQ(breaker.acquire().error().code(), ErrorCode::invalid_argument);
}

// -- edges ----------------------------------------------------------------------------------------

TEST(CircuitBreakerOptions, EachDurationIsRefusedByItsNameOrWaitsSensibly) {
  using Options = CircuitBreakerOptions;
  struct Field {
    const char* name;
    Duration Options::* value;
  };
  const std::array fields{Field{"open_for", &Options::open_for},
                          Field{"probe_timeout", &Options::probe_timeout},
                          Field{"window_time", &Options::window_time},
                          Field{"slow_after", &Options::slow_after},
                          Field{"open_for_max", &Options::open_for_max},
                          Field{"half_open_for", &Options::half_open_for}};
  constexpr Duration longest = hours(24 * 365 * 100);
  for (const Field& field : fields) {
    for (const Duration value : {Duration::min(), Duration(-1), Duration(0), Duration(1), longest,
                                 longest + Duration(1), Duration::max()}) {
      SCOPED_TRACE(std::string(field.name) + " " + std::to_string(value.count()));
      Options options{.failure_threshold = 1,
                      .policy = BreakerPolicy::failures_in_time,
                      .open_backoff = 1000,
                      .open_jitter = 1};
      options.*field.value = value;
      const auto good = validate(options);
      if (!good) {
        EXPECT_EQ(good.error().text().rfind(std::string(field.name) + ": ", 0), 0U);
        EXPECT_LE(good.error().text().size(), 100U);
        continue;
      }
      EXPECT_GE(value, Duration(0));
      EXPECT_LE(value, longest);
      BreakerMachine machine(options);
      Duration at = hours(1);
      for (int i = 0; i < 50; ++i) {
        const auto asked = machine.acquire(at);
        EXPECT_GE(asked.retry_after, Duration::zero());
        if (asked.permit) {
          const Duration open_for = i % 5 == 0 ? Duration::max() : Duration(0);
          machine.record(*asked.permit, {.outcome = E, .open_for = open_for}, at);
        }
        EXPECT_GE(machine.next_deadline().value_or(at), at);
        at = limiting::later(at, asked.retry_after);
      }
    }
  }
}

}  // namespace
}  // namespace kith
