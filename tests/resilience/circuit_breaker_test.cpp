// SPDX-License-Identifier: Apache-2.0
#include "resilience/circuit_breaker.hpp"

#include <atomic>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace kith {
namespace {

using std::chrono::seconds;

Result<int> fails() {
  return {ErrorCode::timeout, "no answer"};
}
Result<int> answers() {
  return 42;
}

class CircuitBreakerTest : public testing::Test {
 protected:
  void open() {
    for (int i = 0; i < 3; ++i) EXPECT_EQ(breaker_.run(fails).error().code(), ErrorCode::timeout);
  }
  ManualClock clock_;
  CircuitBreaker breaker_{{.failure_threshold = 3, .open_for = seconds(60)}, clock_, "payments"};
};

TEST_F(CircuitBreakerTest, PassesAnswersThrough) {
  EXPECT_EQ(breaker_.run(answers).value(), 42);
  EXPECT_EQ(breaker_.run([] { return std::string("plain"); }).value(), "plain");
  EXPECT_TRUE(breaker_.run([] {}).has_value());
  EXPECT_EQ(breaker_.counters().successes, 3U);
}

TEST_F(CircuitBreakerTest, RefusesWhenOpenAndSaysUntilWhen) {
  open();
  clock_.advance(seconds(20));
  bool asked = false;
  const auto refused = breaker_.run([&] { return asked = true; });
  EXPECT_FALSE(asked);
  EXPECT_EQ(refused.error().code(), ErrorCode::circuit_open);
  EXPECT_EQ(refused.error().text(), "the breaker 'payments' is open; try again in 40.0 s");
}

TEST_F(CircuitBreakerTest, ClosesAfterAProbeThatSucceeds) {
  open();
  clock_.advance(seconds(60));
  EXPECT_EQ(breaker_.run(answers).value(), 42);
  EXPECT_EQ(breaker_.state(), BreakerState::closed);
}

TEST_F(CircuitBreakerTest, CountsExceptionsAsFailuresAndThrowsThemOn) {
  const auto throws = []() -> int { throw std::runtime_error("down"); };
  for (int i = 0; i < 3; ++i) EXPECT_THROW((void)breaker_.run(throws), std::runtime_error);
  EXPECT_EQ(breaker_.state(), BreakerState::open);
}

TEST_F(CircuitBreakerTest, WhatIsNoStandardExceptionCountsAsNothing) {
  struct Unwinding {};
  for (int i = 0; i < 3; ++i) {
    EXPECT_THROW((void)breaker_.run([]() -> int { throw Unwinding{}; }), Unwinding);
  }
  EXPECT_EQ(breaker_.state(), BreakerState::closed);
  EXPECT_EQ(breaker_.counters().failures, 0U);
}

TEST_F(CircuitBreakerTest, ADroppedProbeGivesItsPlaceBack) {
  open();
  clock_.advance(seconds(60));
  {
    const auto probe = breaker_.acquire();
    ASSERT_TRUE(probe.has_value());
    EXPECT_FALSE(breaker_.acquire().has_value());
  }
  EXPECT_TRUE(breaker_.acquire().has_value());
}

TEST_F(CircuitBreakerTest, AProbeWhoseListenerThrowsGivesItsPlaceBack) {
  bool throws = false;
  breaker_.on_event([&](const BreakerEvent&) {
    if (throws) throw std::runtime_error("the listener's own");
  });
  open();
  clock_.advance(seconds(60));
  throws = true;
  EXPECT_THROW((void)breaker_.acquire(), std::runtime_error);
  throws = false;
  EXPECT_EQ(breaker_.state(), BreakerState::half_open);
  EXPECT_TRUE(breaker_.acquire().has_value());
}

TEST_F(CircuitBreakerTest, IsOpenForEver) {
  clock_.advance(seconds(60));
  breaker_.open_for(Duration::max());
  clock_.advance(std::chrono::hours(24 * 365 * 100));
  EXPECT_EQ(breaker_.run(answers).error().code(), ErrorCode::circuit_open);
}

TEST_F(CircuitBreakerTest, APermitThatWasMovedAwayIsNoneAnyMore) {
  auto first = breaker_.acquire().value();
  auto second = std::move(first);
  first = breaker_.acquire().value();
  second.failure();
  second.failure();
  EXPECT_EQ(breaker_.counters().failures, 1U);
}

TEST_F(CircuitBreakerTest, AdmitsExactlyOneProbeUnderConcurrency) {
  open();
  clock_.advance(seconds(60));
  std::atomic<int> probes{0};
  std::atomic<int> asked{0};
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        (void)breaker_.run([&] {
          ++probes;
          while (asked < 3) std::this_thread::yield();  // until all others were refused
          return 0;
        });
        ++asked;
      });
    }
  }
  EXPECT_EQ(probes, 1);
  EXPECT_EQ(breaker_.state(), BreakerState::closed);
}

TEST_F(CircuitBreakerTest, ResetClosesItByHand) {
  open();
  breaker_.reset();
  EXPECT_EQ(breaker_.run(answers).value(), 42);
}

TEST(CircuitBreaker, OptionsThatAreNotAcceptableMakeRequestsFail) {
  ManualClock clock;
  CircuitBreaker breaker({.failure_threshold = 0}, clock);
  EXPECT_EQ(breaker.run(answers).error().code(), ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace kith
