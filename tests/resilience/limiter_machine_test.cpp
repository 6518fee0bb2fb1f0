// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/hash.hpp"
#include "core/limits.hpp"
#include "core/random.hpp"
#include "resilience/keyed_limiter.hpp"

namespace kith {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

RateLimiterOptions sliding(std::uint32_t limit, Duration window) {
  return {.limit = limit, .window = window};
}
RateLimiterOptions bucket(std::uint32_t limit, Duration window, std::uint32_t burst = 0) {
  return {.limit = limit,
          .window = window,
          .algorithm = LimiterAlgorithm::token_bucket,
          .burst = burst};
}
RateDecision ask(KeyedLimiter& limiter, std::uint32_t cost, Duration at) {
  return limiter.check("key", cost, at).value();
}

TEST(SlidingLog, AdmitsAsManyAsTheLimitInAWindow) {  // L-001
  KeyedLimiter limiter(sliding(2, seconds(9)));
  EXPECT_EQ(ask(limiter, 1, seconds(0)).remaining, 1U);
  EXPECT_TRUE(ask(limiter, 1, seconds(1)).admitted);
  const RateDecision third = ask(limiter, 1, seconds(2));
  EXPECT_FALSE(third.admitted);
  EXPECT_EQ(third.remaining, 0U);
  EXPECT_EQ(third.retry_after, seconds(7));
  EXPECT_EQ(third.reset_after, seconds(8));
}

TEST(SlidingLog, WindowIsOpenAtItsOldEnd) {
  KeyedLimiter limiter(sliding(1, seconds(60)));
  EXPECT_TRUE(ask(limiter, 1, seconds(100)).admitted);
  EXPECT_FALSE(ask(limiter, 1, seconds(160) - Duration(1)).admitted);
  EXPECT_TRUE(ask(limiter, 1, seconds(160)).admitted);
}

TEST(SlidingLog, CountsAnOlderRequestAtTheNewestTimeOfItsKey) {
  KeyedLimiter limiter(sliding(1, seconds(10)));
  EXPECT_TRUE(ask(limiter, 1, seconds(100)).admitted);
  EXPECT_FALSE(ask(limiter, 1, seconds(105)).admitted);  // limited, yet it moves the time
  EXPECT_FALSE(ask(limiter, 1, seconds(50)).admitted);
  EXPECT_TRUE(ask(limiter, 1, seconds(110)).admitted);
  EXPECT_TRUE(limiter.check("other", seconds(1)).value().admitted);
}

TEST(SlidingLog, DoesNotCountWhatItRefuses) {
  KeyedLimiter limiter(sliding(1, seconds(10)));
  EXPECT_TRUE(ask(limiter, 1, seconds(0)).admitted);
  for (int i = 1; i < 10; ++i) EXPECT_FALSE(ask(limiter, 1, seconds(i)).admitted);
  EXPECT_TRUE(ask(limiter, 1, seconds(10)).admitted);
}

TEST(SlidingLog, AsksForManyUnitsAtOnce) {  // L-008
  KeyedLimiter limiter(sliding(2000, seconds(60)));
  EXPECT_EQ(ask(limiter, 1000, seconds(0)).remaining, 1000U);
  EXPECT_FALSE(ask(limiter, 1500, seconds(1)).admitted);
  EXPECT_EQ(ask(limiter, 500, seconds(2)).remaining, 500U);
  EXPECT_EQ(ask(limiter, 501, seconds(3)).retry_after, seconds(57));
  EXPECT_EQ(ask(limiter, 1501, seconds(3)).retry_after, seconds(59));
  EXPECT_EQ(ask(limiter, 2001, seconds(3)).retry_after, Duration::max());
}

TEST(SlidingLog, AQuestionOfNoUnitsIsAlwaysAdmitted) {  // L-007
  KeyedLimiter limiter(sliding(1, seconds(9)));
  EXPECT_TRUE(ask(limiter, 1, seconds(0)).admitted);
  EXPECT_TRUE(ask(limiter, 0, seconds(0)).admitted);
  EXPECT_EQ(ask(limiter, 0, seconds(0)).remaining, 0U);
}

TEST(SlidingLog, LimitZeroAdmitsNothing) {  // L-017
  KeyedLimiter limiter(sliding(0, seconds(9)));
  EXPECT_FALSE(ask(limiter, 1, seconds(0)).admitted);
  EXPECT_EQ(ask(limiter, 1, seconds(100)).retry_after, Duration::max());
}

TEST(SlidingLog, AgreesWithTheDefinitionOnRandomRequests) {
  Random random(7);
  for (int round = 0; round < 50; ++round) {
    const auto limit = static_cast<std::uint32_t>(random.below(6));
    const Duration window(static_cast<Duration::rep>(1 + random.below(30)));
    KeyedLimiter limiter(sliding(limit, window));
    std::vector<Duration> admitted;
    Duration newest = Duration::min();
    for (int i = 0; i < 200; ++i) {
      const Duration at(i / 3 + static_cast<Duration::rep>(random.below(20)) - 50);
      newest = std::max(newest, at);
      const auto used = std::ranges::count_if(
          admitted, [&](Duration t) { return t > newest - window && t <= newest; });
      const bool expected = static_cast<std::uint32_t>(used) < limit;
      ASSERT_EQ(ask(limiter, 1, at).admitted, expected) << "round " << round << ", request " << i;
      if (expected) admitted.push_back(newest);
    }
  }
}

TEST(SlidingLog, SurvivesTheEdgesOfTime) {
  KeyedLimiter limiter(sliding(1, limiter_window_max));
  EXPECT_TRUE(ask(limiter, 1, Duration::min()).admitted);
  EXPECT_TRUE(ask(limiter, 1, Duration::max()).admitted);
  EXPECT_FALSE(ask(limiter, 1, Duration::min()).admitted);
}

TEST(TokenBucket, RefillsSteadily) {
  KeyedLimiter limiter(bucket(10, seconds(30)));  // one each 3 s
  EXPECT_EQ(ask(limiter, 10, seconds(0)).remaining, 0U);
  EXPECT_EQ(ask(limiter, 1, seconds(1)).retry_after, seconds(2));
  EXPECT_FALSE(ask(limiter, 1, seconds(3) - Duration(1)).admitted);
  EXPECT_TRUE(ask(limiter, 1, seconds(3)).admitted);
  EXPECT_EQ(ask(limiter, 0, seconds(1000)).remaining, 10U);
}

TEST(TokenBucket, HoldsABurstAboveTheLimit) {  // L-013
  KeyedLimiter limiter(bucket(10, seconds(30), 20));
  EXPECT_EQ(ask(limiter, 20, seconds(0)).remaining, 0U);
  EXPECT_FALSE(ask(limiter, 1, seconds(0)).admitted);
  EXPECT_EQ(ask(limiter, 0, seconds(3)).remaining, 1U);
  EXPECT_EQ(ask(limiter, 0, seconds(63)).remaining, 20U);
}

TEST(TokenBucket, KeepsPartsOfTokens) {
  KeyedLimiter limiter(bucket(3, Duration(10)));
  EXPECT_TRUE(ask(limiter, 3, Duration(0)).admitted);
  int admitted = 0;
  for (int i = 1; i <= 100; ++i) admitted += ask(limiter, 1, Duration(i)).admitted ? 1 : 0;
  EXPECT_EQ(admitted, 30);
}

TEST(TokenBucket, SurvivesExtremeOptions) {
  KeyedLimiter limiter(bucket(limiter_limit_max, limiter_window_max));
  EXPECT_TRUE(ask(limiter, limiter_limit_max, Duration::min()).admitted);
  EXPECT_TRUE(ask(limiter, limiter_limit_max, Duration::max()).admitted);
  KeyedLimiter nothing(bucket(0, seconds(1), 5));
  EXPECT_FALSE(ask(nothing, 1, seconds(0)).admitted);
}

TEST(KeyedLimiter, ForgettingIdleKeysChangesNoDecision) {
  for (const auto& options : {sliding(2, Duration(10)), bucket(2, Duration(10))}) {
    Random random(11);
    KeyedLimiter forgetful(options);
    KeyedLimiter faithful(options);
    for (int i = 0; i < 5000; ++i) {
      const std::string key(1, static_cast<char>('a' + random.below(26)));
      const Duration at(i);
      ASSERT_EQ(forgetful.check(key, at).value(), faithful.check(key, at).value());
      forgetful.forget_idle(at, 3);
    }
    EXPECT_LT(forgetful.size(), faithful.size());
  }
}

TEST(KeyedLimiter, RefusesAKeyThatIsTooLong) {
  KeyedLimiter limiter(sliding(1, seconds(1)));
  const std::string key(limits::key_size_bytes_max + 1, 'x');
  EXPECT_EQ(limiter.check(key, seconds(0)).error().code(), ErrorCode::invalid_argument);
  EXPECT_TRUE(limiter.check("", seconds(0)).has_value());
}

TEST(KeyedLimiter, ResetForgetsOneKey) {
  KeyedLimiter limiter(sliding(1, seconds(10)));
  EXPECT_TRUE(ask(limiter, 1, seconds(0)).admitted);
  EXPECT_TRUE(limiter.reset("key"));
  EXPECT_FALSE(limiter.reset("key"));
  EXPECT_TRUE(ask(limiter, 1, seconds(0)).admitted);
}

TEST(KeyedLimiter, AFullOneTakesNewKeysAlsoAfterItsOptionsHaveChanged) {
  KeyedLimiter limiter(sliding(1, seconds(10)), 2);
  EXPECT_TRUE(limiter.check("a", seconds(0)).value().admitted);
  EXPECT_TRUE(limiter.check("b", seconds(0)).value().admitted);
  limiter.change(sliding(2, seconds(10)), seconds(0));
  EXPECT_EQ(limiter.check("c", seconds(9)).error().code(), ErrorCode::overloaded);
  EXPECT_TRUE(limiter.check("c", hours(1)).has_value());
  EXPECT_TRUE(limiter.check("d", hours(2)).has_value());
}

TEST(KeyedLimiter, ForgetsIdleKeysAlsoAfterItsOptionsHaveChanged) {
  KeyedLimiter limiter(sliding(1, seconds(10)));
  for (int k = 0; k < 100; ++k) (void)limiter.check(std::to_string(k), milliseconds(100 * k));
  limiter.change(sliding(2, seconds(7)), seconds(10));
  for (int i = 0; i < 100; ++i) limiter.forget_idle(seconds(20), 3);
  EXPECT_EQ(limiter.size(), 0U);
}

TEST(KeyedLimiter, AFullOneFindsTheIdleKeyBehindManyBusyOnes) {
  constexpr int keys = 200;
  KeyedLimiter limiter(sliding(2, seconds(10)), keys);
  for (int k = 0; k < keys; ++k) (void)limiter.check(std::to_string(k), seconds(0));
  for (int k = 1; k < keys; ++k) (void)limiter.check(std::to_string(k), seconds(5));
  EXPECT_TRUE(limiter.check("new", seconds(10)).has_value());
  EXPECT_FALSE(limiter.knows("0", stable_hash("0")));
  EXPECT_EQ(limiter.check("newer", seconds(10)).error().code(), ErrorCode::overloaded);
}

TEST(KeyedLimiter, AKeyThatOnlyAskedKeepsNoOtherOut) {
  KeyedLimiter limiter(sliding(1, seconds(10)), 1);
  EXPECT_TRUE(limiter.check("a", 0U, seconds(0)).has_value());
  EXPECT_TRUE(limiter.check("b", seconds(0)).value().admitted);
  EXPECT_EQ(limiter.check("c", seconds(0)).error().code(), ErrorCode::overloaded);
}

TEST(LimiterMachine, AReservationTooManyIsToldWhenTheFirstOfTheOthersEnds) {
  const RateLimiterOptions options = bucket(limiter_limit_max, seconds(60));
  LimiterMachine machine(options);
  for (std::uint64_t i = 0; i < limiter_holds_max; ++i) {
    const Duration hold_for = seconds(20) + Duration(static_cast<Duration::rep>(i));
    ASSERT_TRUE(machine.reserve(options, 1, hold_for, seconds(100), i + 1).admitted);
  }
  const auto refused = machine.reserve(options, 1, seconds(20), seconds(105), 99'999);
  EXPECT_FALSE(refused.admitted);
  EXPECT_EQ(refused.retry_after, seconds(15));
  EXPECT_EQ(refused.reset_at, seconds(120));
  EXPECT_TRUE(machine.reserve(options, 1, seconds(20), seconds(120), 99'999).admitted);
}

TEST(RateLimiterOptions, AreChecked) {
  EXPECT_TRUE(validate(sliding(0, seconds(1))).has_value());
  EXPECT_TRUE(validate(sliding(1, seconds(0))).has_value());  // L-017
  EXPECT_FALSE(validate(sliding(1, seconds(-1))).has_value());
  EXPECT_FALSE(validate(sliding(1, Duration::max())).has_value());
  EXPECT_FALSE(validate(sliding(limiter_limit_max + 1, seconds(1))).has_value());
  RateLimiterOptions options;
  options.algorithm = static_cast<LimiterAlgorithm>(9);
  EXPECT_FALSE(validate(options).has_value());
  EXPECT_EQ(limiter_algorithm_from_string("token_bucket"), LimiterAlgorithm::token_bucket);
  EXPECT_FALSE(limiter_algorithm_from_string("magic").has_value());
}

}  // namespace
}  // namespace kith
