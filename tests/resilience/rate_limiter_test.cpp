// SPDX-License-Identifier: Apache-2.0
#include "resilience/rate_limiter.hpp"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace kith {
namespace {

using std::chrono::seconds;

TEST(RateLimiter, LimitsAKeyUntilTheWindowHasPassed) {
  ManualClock clock;
  RateLimiter limiter({.limit = 2, .window = seconds(60)}, clock);
  EXPECT_TRUE(limiter.check("a").value().admitted);
  EXPECT_TRUE(limiter.check("a").value().admitted);
  clock.advance(seconds(20));
  EXPECT_EQ(limiter.check("a").value().retry_after, seconds(40));
  EXPECT_TRUE(limiter.check("b").value().admitted);
  clock.advance(seconds(40));
  EXPECT_TRUE(limiter.check("a").value().admitted);
  EXPECT_EQ(limiter.counters().admitted, 4U);
  EXPECT_EQ(limiter.counters().limited, 1U);
}

TEST(RateLimiter, ForgetsIdleKeys) {
  ManualClock clock;
  RateLimiter limiter({.limit = 2, .window = seconds(1)}, clock);
  for (int i = 0; i < 1000; ++i) (void)limiter.check(std::to_string(i));
  EXPECT_EQ(limiter.size(), 1000U);
  clock.advance(seconds(1));
  for (int i = 0; i < 4000; ++i) (void)limiter.check(std::to_string(i % 200));
  EXPECT_EQ(limiter.size(), 200U);
}

TEST(RateLimiter, CountsEachAdmittedRequestOnceUnderConcurrency) {
  const SystemClock clock;
  RateLimiter limiter({.limit = 1000, .window = std::chrono::hours(1)}, clock);
  std::atomic<int> admitted{0};
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 500; ++i) admitted += limiter.check("key").value().admitted ? 1 : 0;
      });
    }
  }
  EXPECT_EQ(admitted, 1000);
}

TEST(RateLimiter, OptionsThatAreNotAcceptableMakeChecksFail) {
  ManualClock clock;
  RateLimiter limiter({.limit = 2, .window = seconds(-1)}, clock);
  EXPECT_EQ(limiter.check("a").error().code(), ErrorCode::invalid_argument);
}

TEST(RateLimiter, ResetGivesAKeyItsWholeLimitBack) {
  ManualClock clock;
  RateLimiter limiter({.limit = 1, .window = seconds(60)}, clock);
  EXPECT_TRUE(limiter.check("a").value().admitted);
  EXPECT_TRUE(limiter.reset("a"));
  EXPECT_TRUE(limiter.check("a").value().admitted);
}

TEST(RateLimiter, AChangeFromTheCalendarToAPlainWindowGoesOn) {
  ManualClock clock;
  RateLimiterOptions options{.limit = 1,
                             .window = seconds(60),
                             .algorithm = LimiterAlgorithm::fixed_window,
                             .calendar = CalendarUnit::hour};
  RateLimiter limiter(options, clock);
  EXPECT_TRUE(limiter.check("a").value().admitted);
  options.calendar = CalendarUnit::none;
  ASSERT_TRUE(limiter.change(options));
  clock.advance(std::chrono::hours(1));
  EXPECT_TRUE(limiter.check("a").value().admitted);
  clock.advance(seconds(60));
  EXPECT_TRUE(limiter.check("a").value().admitted);
}

TEST(RateLimiter, TheTimeBeforeAChangeCountsByTheOptionsOfThen) {
  ManualClock clock;
  RateLimiterOptions options{
      .limit = 10, .window = seconds(60), .algorithm = LimiterAlgorithm::token_bucket};
  RateLimiter limiter(options, clock);
  EXPECT_TRUE(limiter.check("a", 10).value().admitted);
  clock.advance(seconds(30));
  options.window = std::chrono::hours(24);
  ASSERT_TRUE(limiter.change(options));
  clock.advance(seconds(30));
  EXPECT_EQ(limiter.check("a").value().remaining, 4U);
}

TEST(RateLimiter, ResetAtIsTimeSince1970) {
  ManualClock clock;
  RateLimiter limiter({.limit = 1, .window = seconds(60)}, clock);
  EXPECT_TRUE(limiter.check("a").value().admitted);
  clock.advance(seconds(10));
  EXPECT_EQ(limiter.check("a").value().reset_at, clock.wall().time_since_epoch() + seconds(50));
}

}  // namespace
}  // namespace kith
