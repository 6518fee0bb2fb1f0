// SPDX-License-Identifier: Apache-2.0

/// The numbered behaviours of rate limits (L-...) that need no other nodes. The token bucket of
/// their source refills at once at the end of a window: fixed_window here.

#include <cstdint>
#include <vector>

#include <gtest/gtest.h>

#include "resilience/calendar.hpp"
#include "resilience/keyed_limiter.hpp"
#include "resilience/rate_limiter.hpp"

namespace kith {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

/// One key and a manual clock.
class Limits : public testing::Test {
 protected:
  void define(RateLimiterOptions options) {
    ASSERT_TRUE(validate(options).has_value());
    if (options_.limit == 0)
      limiter_ = KeyedLimiter(options);
    else
      limiter_.change(options, now_);
    options_ = options;
  }
  RateDecision hit(std::int64_t hits, bool drain = false) {
    return limiter_.check("key", {.hits = hits, .drain_over_limit = drain}, now_).value();
  }
  void under(std::int64_t hits, std::uint32_t remaining) {
    const RateDecision answer = hit(hits);
    EXPECT_TRUE(answer.admitted) << hits << " hits";
    EXPECT_EQ(answer.remaining, remaining) << hits << " hits";
  }
  void over(std::int64_t hits, std::uint32_t remaining) {
    const RateDecision answer = hit(hits);
    EXPECT_FALSE(answer.admitted) << hits << " hits";
    EXPECT_EQ(answer.remaining, remaining) << hits << " hits";
  }

  RateLimiterOptions options_{.limit = 0};
  KeyedLimiter limiter_{options_};
  Duration now_ = hours(24 * 365 * 56);  // 2025-12-18 00:00 UTC
};

RateLimiterOptions with(LimiterAlgorithm algorithm, std::uint32_t limit, Duration window,
                        std::uint32_t burst = 0) {
  return {.limit = limit, .window = window, .algorithm = algorithm, .burst = burst};
}
constexpr auto fixed = LimiterAlgorithm::fixed_window;
constexpr auto leaky = LimiterAlgorithm::leaky_bucket;

TEST_F(Limits, L001_TheThirdHitOfTwoIsOverTheLimitAndToldSo) {
  for (const auto algorithm : {fixed, LimiterAlgorithm::sliding_log, LimiterAlgorithm::token_bucket,
                               LimiterAlgorithm::gcra, LimiterAlgorithm::sliding_counter}) {
    options_ = {.limit = 0};
    define(with(algorithm, 2, seconds(9)));
    under(1, 1);
    under(1, 0);
    const RateDecision third = hit(1);
    EXPECT_FALSE(third.admitted) << to_string(algorithm);
    EXPECT_EQ(third.limit, 2U);
    EXPECT_GT(third.reset_at, now_);
  }
}

TEST_F(Limits, L004_AMinuteOfTheCalendarFillsAgainWithTheNext) {
  define({.limit = 60, .algorithm = fixed, .calendar = CalendarUnit::minute});
  under(1, 59);
  under(1, 58);
  under(58, 0);
  over(1, 0);
  now_ += seconds(61);
  under(0, 60);
}

TEST_F(Limits, L005_HitsBelowZeroGiveCreditAboveTheLimit) {
  for (const auto algorithm : {fixed, leaky, LimiterAlgorithm::sliding_log, LimiterAlgorithm::gcra,
                               LimiterAlgorithm::token_bucket, LimiterAlgorithm::sliding_counter}) {
    options_ = {.limit = 0};
    define(with(algorithm, 2, seconds(60)));
    under(-1, 3);
    under(3, 0);
    over(1, 0);
  }
}

TEST_F(Limits, L007_DrainingTakesWhatIsLeftAndAQueryIsNeverOver) {
  for (const auto algorithm : {fixed, leaky}) {
    options_ = {.limit = 0};
    define(with(algorithm, 10, seconds(30)));
    under(0, 10);
    under(1, 9);
    const RateDecision drained = hit(100, true);
    EXPECT_FALSE(drained.admitted);
    EXPECT_EQ(drained.remaining, 0U);
    under(0, 0);
  }
}

TEST_F(Limits, L008_AskingForTooMuchConsumesNothing) {
  define(with(fixed, 2000, minutes(1)));
  under(1000, 1000);
  over(1500, 1000);
  under(500, 500);
  under(400, 100);
  under(100, 0);
  over(1, 0);
}

TEST_F(Limits, L010_L011_ALeakyBucketDrips) {
  define(with(leaky, 10, seconds(30)));
  under(1, 9);
  now_ += seconds(1);
  under(1, 8);
  now_ += seconds(1);
  under(1, 7);
  now_ += milliseconds(1500);
  under(0, 8);
  now_ += seconds(3);
  under(0, 9);
  under(9, 0);
  over(1, 0);
  now_ += seconds(3);
  under(0, 1);
  now_ += seconds(60);
  under(0, 10);
  now_ += seconds(60);
  under(10, 0);
  now_ += seconds(29);
  under(9, 0);
  now_ += seconds(3);
  under(1, 0);
}

TEST_F(Limits, L013_ALeakyBucketHoldsABurstAboveItsLimit) {
  define(with(leaky, 10, seconds(30), 20));
  under(1, 19);
  now_ += seconds(1);
  under(1, 18);
  now_ += seconds(1);
  under(1, 17);
  now_ += milliseconds(1500);
  under(0, 18);
  now_ += seconds(3);
  under(0, 19);
  under(19, 0);
  EXPECT_FALSE(hit(1).admitted);
  now_ += seconds(3);
  under(0, 1);
  now_ += seconds(60);
  under(0, 20);
}

TEST_F(Limits, L014_ALeakyMinuteOfTheCalendarLeaksOneASecond) {
  define({.limit = 60, .algorithm = leaky, .calendar = CalendarUnit::minute});
  under(1, 59);
  now_ += milliseconds(500);
  under(1, 58);
  now_ += milliseconds(1200);
  under(1, 58);
}

TEST_F(Limits, L016_ARateBelowAMillisecondIsNotRoundedToZero) {
  define(with(leaky, 2000, milliseconds(1000)));
  under(1, 1999);
  under(100, 1899);
}

TEST_F(Limits, L017_AWindowOfZeroIsUnderAndALimitOfZeroIsOver) {
  for (const auto algorithm : {fixed, leaky, LimiterAlgorithm::sliding_log, LimiterAlgorithm::gcra,
                               LimiterAlgorithm::token_bucket, LimiterAlgorithm::sliding_counter}) {
    KeyedLimiter no_time(with(algorithm, 10, Duration::zero()));
    for (int i = 0; i < 20; ++i) EXPECT_TRUE(no_time.check("key", now_).value().admitted);
    KeyedLimiter nothing(with(algorithm, 0, seconds(1)));
    EXPECT_FALSE(nothing.check("key", now_).value().admitted);
    EXPECT_EQ(nothing.check("key", now_).value().reset_at, Duration::max());
  }
}

TEST_F(Limits, L028_AChangedLimitKeepsWhatWasConsumed) {
  for (const auto algorithm : {fixed, LimiterAlgorithm::sliding_log, LimiterAlgorithm::token_bucket,
                               LimiterAlgorithm::sliding_counter}) {
    options_ = {.limit = 0};
    define(with(algorithm, 100, hours(1)));
    under(1, 99);
    under(1, 98);
    define(with(algorithm, 10, hours(1)));
    under(1, 7);
    under(1, 6);
    define(with(algorithm, 200, hours(1)));
    under(1, 195);
    define(with(algorithm, 2, hours(1)));
    over(1, 0);
  }
}

TEST_F(Limits, L029_AnotherAlgorithmBeginsAnew) {
  define(with(fixed, 100, hours(1)));
  under(50, 50);
  define(with(leaky, 100, hours(1)));
  under(1, 99);
  define(with(leaky, 10, hours(1)));
  under(1, 9);
  under(1, 8);
}

TEST_F(Limits, L028_TheTimeBeforeAChangeCountsByTheOptionsOfThen) {
  for (const auto algorithm : {leaky, LimiterAlgorithm::token_bucket}) {
    options_ = {.limit = 0};
    define(with(algorithm, 10, minutes(1)));
    under(10, 0);
    now_ += minutes(1);
    define(with(algorithm, 10, hours(24)));
    under(1, 9);
    options_ = {.limit = 0};
    define(with(algorithm, 10, hours(24)));
    under(10, 0);
    now_ += seconds(1);
    define(with(algorithm, 10, seconds(1)));
    over(10, 0);
  }
  options_ = {.limit = 0};
  define(with(fixed, 10, minutes(1)));
  under(10, 0);
  now_ += hours(1);
  define(with(fixed, 10, hours(24)));
  under(1, 9);
}

TEST_F(Limits, L028_EachOfSeveralChangesCountsFromItsOwnInstantOn) {
  define(with(LimiterAlgorithm::token_bucket, 10, minutes(1)));
  under(10, 0);
  now_ += seconds(12);  // two
  define(with(LimiterAlgorithm::token_bucket, 10, hours(10)));
  now_ += hours(3);  // three
  define(with(LimiterAlgorithm::token_bucket, 10, seconds(10)));
  now_ += seconds(1);  // one
  under(0, 6);
}

TEST_F(Limits, CreditLastsForOneWindowWhateverIsAskedMeanwhile) {
  for (const auto algorithm : {fixed, leaky, LimiterAlgorithm::sliding_log, LimiterAlgorithm::gcra,
                               LimiterAlgorithm::token_bucket, LimiterAlgorithm::sliding_counter}) {
    SCOPED_TRACE(to_string(algorithm));
    options_ = {.limit = 0};
    now_ = hours(24 * 365 * 56);
    define(with(algorithm, 10, seconds(60)));
    under(-5, 15);
    now_ += seconds(59);
    EXPECT_EQ(hit(0).reset_after, seconds(1));
    const auto held = limiter_.reserve("key", 1, seconds(60), now_).value();
    EXPECT_EQ(held.remaining, 14U);
    EXPECT_TRUE(limiter_.cancel("key", held.ticket, now_));
    now_ += seconds(41);
    over(12, 10);
  }
}

TEST_F(Limits, L037_AMonthOfTheCalendarLeaksAtItsOwnRate) {
  using namespace std::chrono;  // NOLINT(google-build-using-namespace): its calendar literals
  const auto day = [](year_month_day date) { return Duration(sys_days(date).time_since_epoch()); };
  define({.limit = 28, .algorithm = leaky, .calendar = CalendarUnit::month});
  now_ = day(2023y / February / 28) + hours(12);
  under(28, 0);
  const RateDecision refused = hit(1);
  // Half a unit in what is left of February, the other half at 28 in 31 days.
  const Duration rest = Duration(hours(24)) * 31 / 28 / 2;
  EXPECT_LE(refused.reset_at - (day(2023y / March / 1) + rest), Duration(2));
  EXPECT_GE(refused.reset_at, day(2023y / March / 1) + rest);
  for (const bool asked_at_midnight : {false, true}) {
    KeyedLimiter limiter = KeyedLimiter(options_);
    ASSERT_TRUE(limiter.check("key", 28U, now_).value().admitted);
    if (asked_at_midnight) (void)limiter.check("key", 0U, day(2023y / March / 1) + hours(1));
    EXPECT_FALSE(limiter.check("key", refused.reset_at - Duration(1)).value().admitted);
    EXPECT_TRUE(limiter.check("key", refused.reset_at).value().admitted);
  }
}

TEST_F(Limits, L037_AfterTheLastYearOfTheCalendarAWindowStillCounts) {
  define({.limit = 2, .algorithm = fixed, .calendar = CalendarUnit::year});
  now_ = hours(24 * 365) * 290;
  under(1, 1);
  now_ += seconds(1);
  under(1, 0);
  now_ += seconds(1);
  over(1, 0);
  define({.limit = 2, .algorithm = leaky, .calendar = CalendarUnit::year});
  under(2, 0);
  now_ += hours(1);
  over(1, 0);
}

TEST_F(Limits, ResetAtOfASlidingCounterIsRightWithCredit) {
  define(with(LimiterAlgorithm::sliding_counter, 10, seconds(60)));
  now_ += seconds(30);
  under(10, 0);
  now_ += seconds(42);
  under(-5, 7);
  const RateDecision refused = hit(11);
  EXPECT_EQ(refused.retry_after, seconds(24));
  EXPECT_EQ(hit(16).reset_at, Duration::max());
  now_ += seconds(24);
  under(11, 0);
}

TEST_F(Limits, ResetAtIsNoInstantAtWhichTheCreditHasLapsed) {
  define(with(LimiterAlgorithm::sliding_log, 10, seconds(60)));
  under(-5, 15);
  const auto held = limiter_.reserve("key", 10, seconds(100), now_).value();
  ASSERT_TRUE(held.admitted);
  EXPECT_EQ(hit(12).reset_at, Duration::max());
  EXPECT_EQ(hit(10).reset_at, now_ + seconds(100));
}

TEST_F(Limits, AWindowThatIsChangedToOneOfTheCalendarEndsWithIt) {
  now_ += minutes(20);
  define(with(fixed, 3, minutes(10)));
  under(3, 0);
  now_ += minutes(5);
  define({.limit = 3, .algorithm = fixed, .calendar = CalendarUnit::hour});
  EXPECT_EQ(hit(1).retry_after, minutes(35));
  now_ += minutes(35);
  under(1, 2);
}

TEST_F(Limits, WhatHasLeakedOfAUnitIsAsMuchOfOneAtAnotherRate) {
  define(with(leaky, 10, hours(1)));
  under(10, 0);
  now_ += seconds(359);  // one leaks in 360, then in 6
  define(with(leaky, 10, minutes(1)));
  over(1, 0);
  now_ += seconds(6);
  under(1, 0);
}

TEST_F(Limits, L037_WindowsOfTheCalendarEndWithIt) {
  using limiting::calendar_window;
  using namespace std::chrono;  // NOLINT(google-build-using-namespace): its calendar literals
  const auto day = [](year_month_day date) { return Duration(sys_days(date).time_since_epoch()); };
  const Duration at = day(2024y / February / 29) + hours(13) + minutes(30) + milliseconds(59'999);
  const auto end = [&](CalendarUnit unit) { return calendar_window(unit, at).end; };
  EXPECT_EQ(end(CalendarUnit::minute), day(2024y / February / 29) + hours(13) + minutes(31));
  EXPECT_EQ(end(CalendarUnit::hour), day(2024y / February / 29) + hours(14));
  EXPECT_EQ(end(CalendarUnit::day), day(2024y / March / 1));
  EXPECT_EQ(end(CalendarUnit::week), day(2024y / March / 4));
  EXPECT_EQ(end(CalendarUnit::month), day(2024y / March / 1));
  EXPECT_EQ(end(CalendarUnit::year), day(2025y / January / 1));
  EXPECT_EQ(calendar_window(CalendarUnit::month, day(2024y / December / 31)).end,
            day(2025y / January / 1));
  EXPECT_EQ(calendar_window(CalendarUnit::day, -Duration(1)).begin, -Duration(hours(24)));
  RateLimiterOptions unknown{.algorithm = fixed};
  unknown.calendar = static_cast<CalendarUnit>(99);
  EXPECT_EQ(validate(unknown).error().code(), ErrorCode::invalid_argument);
}

TEST_F(Limits, L041_GcraAllowsItsBurstThenOneEachPeriodAndMayChangeOnEveryCall) {
  define(with(LimiterAlgorithm::gcra, 30, seconds(60), 16));  // redis-cell: max burst 15
  for (std::uint32_t i = 16; i > 0; --i) under(1, i - 1);
  const RateDecision limited = hit(1);
  EXPECT_FALSE(limited.admitted);
  EXPECT_EQ(limited.retry_after, seconds(2));
  EXPECT_EQ(limited.reset_after, seconds(32));
  define(with(LimiterAlgorithm::gcra, 60, seconds(60), 40));
  under(1, 7);  // 32 s ahead are 32 of 40
}

TEST_F(Limits, L043_AShadowAdmitsAllAndCountsWhatItWouldNotHave) {
  ManualClock clock;
  RateLimiter limiter({.limit = 1, .shadow = true}, clock);
  EXPECT_FALSE(limiter.check("a").value().shadowed);
  const RateDecision second = limiter.check("a").value();
  EXPECT_TRUE(second.admitted);
  EXPECT_TRUE(second.shadowed);
  EXPECT_EQ(second.retry_after, seconds(60));
  EXPECT_EQ(limiter.counters().admitted, 2U);
  EXPECT_EQ(limiter.counters().shadowed, 1U);
  EXPECT_EQ(limiter.counters().limited, 0U);
}

TEST_F(Limits, ResetFirstForgetsAndThenCounts) {
  define(with(LimiterAlgorithm::sliding_log, 3, seconds(9)));
  under(3, 0);
  const auto answer = limiter_.check("key", {.hits = 1, .reset_first = true}, now_).value();
  EXPECT_TRUE(answer.admitted);
  EXPECT_EQ(answer.remaining, 2U);
}

TEST_F(Limits, ALeaseEndsWhenItIsGivenBackOrItsTimeIsOver) {
  define(with(LimiterAlgorithm::concurrency, 2, seconds(10)));
  const RateDecision first = hit(1);
  now_ += seconds(4);
  const RateDecision second = hit(1);
  EXPECT_NE(first.ticket, second.ticket);
  EXPECT_EQ(hit(1).retry_after, seconds(6));
  EXPECT_TRUE(limiter_.cancel("key", second.ticket, now_));
  EXPECT_FALSE(limiter_.cancel("key", second.ticket, now_));
  under(1, 0);
  over(1, 0);
  now_ += seconds(6);
  under(1, 0);
  under(-1, 1);  // the lease that ends first
}

TEST_F(Limits, AReservationCountsWhenCommittedAndIsFreeWhenItsTimeIsOver) {
  define(with(LimiterAlgorithm::sliding_log, 3, seconds(60)));
  const auto held = limiter_.reserve("key", 2, seconds(5), now_).value();
  ASSERT_TRUE(held.admitted);
  EXPECT_EQ(held.remaining, 1U);
  EXPECT_FALSE(limiter_.reserve("key", 2, seconds(5), now_).value().admitted);
  EXPECT_EQ(hit(2).retry_after, seconds(5));
  EXPECT_TRUE(limiter_.commit("key", held.ticket, now_));
  EXPECT_FALSE(limiter_.commit("key", held.ticket, now_));
  now_ += seconds(5);
  under(1, 0);
  EXPECT_EQ(hit(1).retry_after, seconds(55));
  now_ += seconds(60);
  const auto late = limiter_.reserve("key", 3, seconds(5), now_).value();
  now_ += seconds(5);
  EXPECT_FALSE(limiter_.commit("key", late.ticket, now_));
  under(3, 0);
}

}  // namespace
}  // namespace kith
