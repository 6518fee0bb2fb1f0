// SPDX-License-Identifier: Apache-2.0

/// A change of options neither creates nor loses units: random histories against slow models.

#include <array>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/hash.hpp"
#include "core/random.hpp"
#include "resilience/keyed_limiter.hpp"
#include "resilience/rate_limiter.hpp"
#include "resilience/unit_part.hpp"
#include "tests/resilience/limit_oracle.hpp"
#include "tests/resilience/set_clock.hpp"

namespace kith {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::array history{LimiterAlgorithm::sliding_log,
                             LimiterAlgorithm::token_bucket,
                             LimiterAlgorithm::sliding_counter,
                             LimiterAlgorithm::leaky_bucket,
                             LimiterAlgorithm::gcra,
                             LimiterAlgorithm::fixed_window};

/// A limiter and its model, which receive the same requests.
class Pair {
 public:
  Pair(Random& random, LimiterAlgorithm algorithm)
      : random_(random),
        options_(changed({.limit = 3, .window = Duration(30), .algorithm = algorithm})),
        limiter_(options_),
        model_(oracle::model_of(options_)) {
    ask();
  }

  void step() {
    at_ += random_.below(3) == 0 ? 0 : static_cast<std::int64_t>(random_.below(scale()));
    switch (random_.below(5)) {
      case 0:
      case 1:
        change();
        break;
      case 2:
        move_through_store();
        break;
      default:
        break;
    }
    ask();
  }
  [[nodiscard]] bool exact() const { return model_->exact(); }

 private:
  std::uint64_t scale() {
    const auto window = static_cast<std::uint64_t>(options_.window.count());
    return window / (random_.below(4) == 0 ? 1 : 8) + 2;
  }
  RateLimiterOptions changed(RateLimiterOptions options) {
    constexpr std::array<Duration::rep, 4> windows{7, 30, 1000, 60'000'000'000};
    switch (random_.below(4)) {
      case 0:
        options.limit = static_cast<std::uint32_t>(random_.below(7));
        break;
      case 1:
        options.window = Duration(windows.at(random_.below(windows.size())));
        break;
      case 2:
        options.burst = static_cast<std::uint32_t>(random_.below(9));
        break;
      default:
        options.shadow = !options.shadow;
    }
    return options;
  }
  void change() {
    const RateLimiterOptions after = changed(options_);
    limiter_.change(after, Duration(at_));
    model_->pass(options_, at_);
    model_->change(options_, after);
    options_ = after;
  }
  void move_through_store() {
    const auto saved = limiter_.save("k", Duration(at_));
    limiter_ = KeyedLimiter(options_);
    if (!saved) return;
    const auto read = decode_limiter_state(encode(saved->state));
    ASSERT_TRUE(read) << read.error().to_string();
    ASSERT_TRUE(limiter_.restore("k", *read, Duration(at_), stable_hash("k")));
  }
  void ask() {
    const LimitRequest request{.hits = static_cast<std::int64_t>(random_.below(8)) - 2,
                               .drain_over_limit = random_.below(5) == 0};
    model_->pass(options_, at_);
    const std::int64_t room = model_->room(options_);
    const bool fits = request.hits <= room;
    model_->take(options_, fits ? request.hits : request.drain_over_limit ? room : 0);
    const auto answer = limiter_.check("k", request, Duration(at_)).value();
    ASSERT_EQ(answer.admitted, fits || options_.shadow);
    ASSERT_EQ(std::int64_t{answer.remaining}, model_->room(options_));
    if (answer.retry_after == Duration::zero() || answer.retry_after == Duration::max()) return;
    check_wait(request.hits, answer.retry_after);
  }
  /// Checks that N units fit after the wait, and not a nanosecond earlier.
  void check_wait(std::int64_t hits, Duration wait) {
    for (const Duration early : {Duration(1), Duration(0)}) {
      KeyedLimiter copy(options_);
      const auto saved = limiter_.save("k", Duration(at_)).value();
      ASSERT_TRUE(copy.restore("k", saved.state, Duration(at_), stable_hash("k")));
      const auto then = Duration(at_) + wait - early;
      ASSERT_EQ(copy.check("k", {.hits = 0}, then).value().remaining >= hits, early == Duration(0));
    }
  }

  Random& random_;
  std::int64_t at_ = 1'000'000'000'000'000'000;
  RateLimiterOptions options_;
  KeyedLimiter limiter_;
  std::unique_ptr<oracle::Model> model_;
};

TEST(LimitChanges, AnySequenceOfChangesAdmitsExactlyWhatTheStateDescribes) {
  Random random(5);
  for (const auto algorithm : history) {
    for (int round = 0; round < 400; ++round) {
      SCOPED_TRACE(std::string(to_string(algorithm)) + ", round " + std::to_string(round));
      Pair pair(random, algorithm);
      for (int i = 0; i < 40 && pair.exact() && !testing::Test::HasFatalFailure(); ++i) pair.step();
      if (testing::Test::HasFatalFailure()) return;
    }
  }
}

TEST(LimitChanges, AChangeAndItsReverseGiveNoUnitAndTakeNone) {
  Random random(6);
  for (const auto algorithm : history) {
    for (int round = 0; round < 300; ++round) {
      SCOPED_TRACE(std::string(to_string(algorithm)) + ", round " + std::to_string(round));
      const RateLimiterOptions options{
          .limit = static_cast<std::uint32_t>(1 + random.below(20)),
          .window = Duration(static_cast<Duration::rep>(1 + random.below(1'000'000))),
          .algorithm = algorithm};
      KeyedLimiter changed(options);
      KeyedLimiter left_alone(options);
      Duration at = hours(1000);
      for (int i = 0; i < 30; ++i) {
        at += Duration(static_cast<Duration::rep>(random.below(100'000)));
        const LimitRequest request{.hits = static_cast<std::int64_t>(random.below(9)) - 2};
        ASSERT_EQ(changed.check("k", request, at).value(),
                  left_alone.check("k", request, at).value());
        RateLimiterOptions other = options;
        other.limit = static_cast<std::uint32_t>(random.below(40));
        other.shadow = random.chance(0.5);
        // A shorter window correctly drops older hits.
        other.window += Duration(static_cast<Duration::rep>(random.below(1'000'000'007)));
        changed.change(other, at);
        if (random.chance(0.5)) (void)changed.check("k", 0U, at);
        changed.change(options, at);
      }
    }
  }
}

TEST(LimitChanges, ALimitOfZeroKeepsCreditAndKnowsWhatWasConsumedBefore) {
  for (const auto algorithm : history) {
    SCOPED_TRACE(to_string(algorithm));
    const RateLimiterOptions none{.limit = 0, .window = seconds(60), .algorithm = algorithm};
    RateLimiterOptions ten = none;
    ten.limit = 10;
    KeyedLimiter limiter(none);
    const Duration at = hours(1000);
    EXPECT_EQ(limiter.check("k", {.hits = -3}, at).value().remaining, 3U);
    EXPECT_TRUE(limiter.check("k", 2U, at).value().admitted);
    limiter.change(ten, at);
    EXPECT_EQ(limiter.check("k", 0U, at).value().remaining, 11U);
    EXPECT_TRUE(limiter.check("k", 11U, at).value().admitted);
    limiter.change(none, at);
    EXPECT_FALSE(limiter.check("k", at).value().admitted);
    limiter.forget_idle(at, 100);
    limiter.change(ten, at);
    EXPECT_EQ(limiter.check("k", 0U, at).value().remaining, 0U);
  }
}

TEST(LimitChanges, ASmallerBucketFillsFromZeroAndABiggerOnePaysWhatWasConsumed) {
  for (const auto algorithm : {LimiterAlgorithm::token_bucket, LimiterAlgorithm::leaky_bucket}) {
    SCOPED_TRACE(to_string(algorithm));
    const RateLimiterOptions many{.limit = 1000, .window = seconds(100), .algorithm = algorithm};
    RateLimiterOptions ten = many;
    ten.limit = 10;
    KeyedLimiter limiter(many);
    Duration at = hours(1000);
    ASSERT_TRUE(limiter.check("k", 1000U, at).value().admitted);
    limiter.change(ten, at);
    EXPECT_EQ(limiter.check("k", at).value().retry_after, seconds(10));
    at += seconds(50);
    EXPECT_EQ(limiter.check("k", 0U, at).value().remaining, 5U);
    limiter.change(many, at);
    EXPECT_EQ(limiter.check("k", 0U, at).value().remaining, 5U);
  }
}

TEST(LimitChanges, CalendarAndPlainWindowsThatAreExchangedKeepWhatWasCounted) {
  for (const auto algorithm : {LimiterAlgorithm::fixed_window, LimiterAlgorithm::leaky_bucket}) {
    SCOPED_TRACE(to_string(algorithm));
    const RateLimiterOptions month{
        .limit = 10, .algorithm = algorithm, .calendar = CalendarUnit::month};
    RateLimiterOptions minute = month;
    minute.calendar = CalendarUnit::none;
    minute.window = minutes(1);
    KeyedLimiter limiter(month);
    const Duration at = hours(24 * 365 * 56 + 24 * 10);
    ASSERT_TRUE(limiter.check("k", 10U, at).value().admitted);
    for (int i = 0; i < 10; ++i) {
      limiter.change(minute, at);
      EXPECT_FALSE(limiter.check("k", at).value().admitted);
      limiter.change(month, at);
      EXPECT_FALSE(limiter.check("k", at).value().admitted);
    }
    limiter.change(minute, at);
    EXPECT_TRUE(limiter.check("k", 10U, at + minutes(1)).value().admitted);
  }
}

TEST(LimitChanges, AStateOfAnOlderProgramIsRead) {
  // Older states store the credit of GCRA as a time: 5 of 10 in 60 s are 30 s.
  LimiterState old;
  old.options = {.limit = 10, .window = seconds(60), .algorithm = LimiterAlgorithm::gcra};
  old.newest = old.credited = hours(1000);
  old.units = -Duration(seconds(30)).count();
  auto machine = LimiterMachine::restore(old, old.options, hours(1000)).value();
  EXPECT_EQ(machine.check(old.options, {.hits = 0}, hours(1000)).remaining, 15U);
}

TEST(UnitPart, APartThatIsRescaledAndBackIsTheSame) {
  Random random(7);
  for (int i = 0; i < 2000; ++i) {
    const std::uint64_t first = 1 + random.below(std::uint64_t{1} << (1 + random.below(61)));
    const std::uint64_t second = 1 + random.below(std::uint64_t{1} << (1 + random.below(61)));
    const limiting::Mixed part{random.below(first), {}};
    const limiting::Mixed back =
        limiting::rescaled(limiting::rescaled(part, first, second), second, first);
    EXPECT_EQ(back.whole, part.whole);
    EXPECT_TRUE(back.rest.is_zero());
  }
}

// -- clocks ---------------------------------------------------------------------------------------

TEST(LimitClock, ACalendarLimitAdmitsAgainInTheNextWindowAfterTheClockWasSetBack) {
  for (const auto algorithm : {LimiterAlgorithm::fixed_window, LimiterAlgorithm::leaky_bucket}) {
    for (const auto wrong_by : {Duration(seconds(2)), Duration(hours(24 * 365))}) {
      SCOPED_TRACE(to_string(algorithm));
      SetClock clock;
      RateLimiter limiter({.limit = 2, .algorithm = algorithm, .calendar = CalendarUnit::minute},
                          clock);
      clock.set(wrong_by);
      for (const bool admitted : {true, true, false}) {
        EXPECT_EQ(limiter.check("k").value().admitted, admitted);
      }
      clock.set(-wrong_by);
      const auto refused = limiter.check("k").value();
      EXPECT_FALSE(refused.admitted);  // nothing was gained by it
      EXPECT_LE(refused.retry_after, minutes(1));
      clock.advance(refused.retry_after);
      EXPECT_TRUE(limiter.check("k").value().admitted);
    }
  }
}

TEST(LimitClock, AKeyThatWasNotAskedWhileTheClockWasWrongKeepsItsCount) {
  SetClock clock;
  RateLimiter limiter(
      {.limit = 2, .algorithm = LimiterAlgorithm::fixed_window, .calendar = CalendarUnit::year},
      clock);
  ASSERT_TRUE(limiter.check("a", 2).value().admitted);
  clock.set(hours(24 * 400));
  for (int i = 0; i < 200; ++i) (void)limiter.reserve("other" + std::to_string(i), 1, seconds(1));
  clock.set(-hours(24 * 400));
  EXPECT_FALSE(limiter.check("a").value().admitted);
}

TEST(LimitClock, AClockThatIsSetToAndFroGivesNoUnits) {
  SetClock clock;
  RateLimiter limiter(
      {.limit = 10, .algorithm = LimiterAlgorithm::fixed_window, .calendar = CalendarUnit::day},
      clock);
  int admitted = 0;
  for (int i = 0; i < 100; ++i) {
    clock.set(i % 2 == 0 ? -minutes(5) : minutes(5));
    admitted += limiter.check("k").value().admitted ? 1 : 0;
  }
  EXPECT_EQ(admitted, 10);
}

TEST(LimitClock, AChangeToOrFromTheCalendarCountsNoTimeThatDidNotPass) {
  for (const auto algorithm : {LimiterAlgorithm::fixed_window, LimiterAlgorithm::leaky_bucket}) {
    for (const Duration wrong_by : {Duration(hours(24 * 365)), -Duration(hours(24 * 365))}) {
      SCOPED_TRACE(to_string(algorithm));
      SetClock clock;
      RateLimiterOptions plain{.limit = 2, .window = hours(1), .algorithm = algorithm};
      RateLimiterOptions calendar = plain;
      calendar.calendar = CalendarUnit::month;
      RateLimiter limiter(plain, clock);
      ASSERT_TRUE(limiter.check("k", 2).value().admitted);
      clock.set(wrong_by);
      ASSERT_TRUE(limiter.change(calendar));
      EXPECT_FALSE(limiter.check("k").value().admitted);
      ASSERT_TRUE(limiter.change(plain));
      EXPECT_FALSE(limiter.check("k").value().admitted);
      clock.advance(hours(1));
      EXPECT_TRUE(limiter.check("k", 2).value().admitted);
    }
  }
}

}  // namespace
}  // namespace kith
