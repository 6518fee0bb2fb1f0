// SPDX-License-Identifier: Apache-2.0

/// The counters of a limit survive saving and restoring.

#include "resilience/limiter_state.hpp"

#include <array>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "core/hash.hpp"
#include "core/limits.hpp"
#include "core/random.hpp"
#include "resilience/keyed_limiter.hpp"

namespace kith {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr std::array algorithms{LimiterAlgorithm::sliding_log,
                                LimiterAlgorithm::token_bucket,
                                LimiterAlgorithm::sliding_counter,
                                LimiterAlgorithm::leaky_bucket,
                                LimiterAlgorithm::gcra,
                                LimiterAlgorithm::fixed_window,
                                LimiterAlgorithm::concurrency};

RateLimiterOptions random_options(Random& random, LimiterAlgorithm algorithm) {
  constexpr std::array<Duration::rep, 5> windows{7, 30, 1'000, (1L << 30) + 3, (1L << 38) + 5};
  RateLimiterOptions options{.limit = static_cast<std::uint32_t>(1 + random.below(6)),
                             .window = Duration(windows.at(random.below(windows.size()))),
                             .algorithm = algorithm,
                             .burst = static_cast<std::uint32_t>(random.below(9))};
  const bool may_be_calendar =
      algorithm == LimiterAlgorithm::fixed_window || algorithm == LimiterAlgorithm::leaky_bucket;
  if (may_be_calendar && random.below(3) == 0) {
    options.calendar = static_cast<CalendarUnit>(1 + random.below(6));
    options.window = hours(30);  // the steps of time depend on it
  }
  return options;
}

/// Two limiters with the same requests; the second is saved and restored in between.
class Twins {
 public:
  Twins(Random& random, const RateLimiterOptions& options)
      : random_(random), options_(options), live_(options), moved_(options) {}

  void ask_something() {
    const auto scale = static_cast<std::uint64_t>(options_.window.count());
    if (random_.below(3) > 0) at_ += Duration(static_cast<Duration::rep>(random_.below(scale)));
    const std::size_t which = tickets_.empty() ? 0 : random_.below(tickets_.size());
    switch (random_.below(6)) {
      case 0:
        return reserve();
      case 1:
        if (tickets_.empty()) return;
        ASSERT_EQ(live_.commit("k", tickets_[which].first, at_),
                  moved_.commit("k", tickets_[which].second, at_));
        return;
      case 2:
        if (tickets_.empty()) return;
        ASSERT_EQ(live_.cancel("k", tickets_[which].first, at_),
                  moved_.cancel("k", tickets_[which].second, at_));
        return;
      default:
        const LimitRequest request{.hits = static_cast<std::int64_t>(random_.below(6)) - 2,
                                   .drain_over_limit = random_.below(4) == 0,
                                   .reset_first = random_.below(16) == 0};
        same(live_.check("k", request, at_).value(), moved_.check("k", request, at_).value());
    }
  }

  /// Saves the second limiter and continues with a new one that has restored it, possibly with
  /// other options.
  void move(bool other_options) {
    same(live_.check("k", 0U, at_).value(), moved_.check("k", 0U, at_).value());
    const auto saved = moved_.save("k", at_);
    const std::uint64_t last_ticket = tickets_.empty() ? 0 : tickets_.back().second;
    if (other_options) {
      options_ = random_options(random_, options_.algorithm);
      live_.change(options_, at_);
    }
    moved_ = KeyedLimiter(options_, 10, last_ticket);
    if (!saved) return;
    const auto read = decode_limiter_state(encode(saved->state));
    ASSERT_TRUE(read) << read.error().to_string();
    ASSERT_EQ(*read, saved->state);
    const auto restored = moved_.restore("k", *read, at_, stable_hash("k"));
    ASSERT_TRUE(restored) << restored.error().to_string();
  }

 private:
  void reserve() {
    const auto hits = static_cast<std::int64_t>(1 + random_.below(2));
    const auto hold_for = Duration(static_cast<Duration::rep>(
        1 + random_.below(static_cast<std::uint64_t>(options_.window.count()))));
    same(live_.reserve("k", hits, hold_for, at_).value(),
         moved_.reserve("k", hits, hold_for, at_).value());
  }
  void same(RateDecision live, RateDecision moved) {
    if (live.ticket != 0 && moved.ticket != 0) {
      tickets_.emplace_back(std::exchange(live.ticket, 0), std::exchange(moved.ticket, 0));
    }
    ASSERT_EQ(live, moved);
  }

  Random& random_;
  RateLimiterOptions options_;
  KeyedLimiter live_;
  KeyedLimiter moved_;
  Duration at_ = hours(24 * 365 * 56);
  std::vector<std::pair<std::uint64_t, std::uint64_t>> tickets_;
};

TEST(LimiterState, OneThatWasSavedAndRestoredDecidesAsOneThatNeverWas) {
  Random random(38);
  for (const auto algorithm : algorithms) {
    for (int round = 0; round < 200; ++round) {
      SCOPED_TRACE(std::string(to_string(algorithm)) + ", round " + std::to_string(round));
      Twins twins(random, random_options(random, algorithm));
      for (int i = 0; i < 60 && !testing::Test::HasFatalFailure(); ++i) {
        twins.ask_something();
        if (random.below(5) == 0) twins.move(false);
      }
      if (testing::Test::HasFatalFailure()) return;
    }
  }
}

TEST(LimiterState, OneThatIsRestoredUnderOtherOptionsDecidesAsOneThatWasChanged) {
  Random random(28);
  for (const auto algorithm : algorithms) {
    for (int round = 0; round < 200; ++round) {
      SCOPED_TRACE(std::string(to_string(algorithm)) + ", round " + std::to_string(round));
      Twins twins(random, random_options(random, algorithm));
      for (int i = 0; i < 60 && !testing::Test::HasFatalFailure(); ++i) {
        twins.ask_something();
        if (random.below(10) == 0) twins.move(true);
      }
      if (testing::Test::HasFatalFailure()) return;
    }
  }
}

TEST(LimiterState, OneFromTheFutureCountsAsOneOfNow) {
  for (const auto algorithm : algorithms) {
    for (const auto calendar : {CalendarUnit::none, CalendarUnit::month}) {
      RateLimiterOptions options{.limit = 3, .algorithm = algorithm, .calendar = calendar};
      if (!validate(options)) continue;
      const Duration then = hours(24 * 365 * 56 + 700);
      KeyedLimiter before(options);
      ASSERT_TRUE(before.check("k", 3U, then).value().admitted);
      const auto saved = before.save("k", then).value();
      const Duration now = then - hours(24 * 100);
      KeyedLimiter after(options);
      ASSERT_TRUE(after.restore("k", saved.state, now, stable_hash("k")));
      const auto again = after.check("k", now).value();
      EXPECT_FALSE(again.admitted) << to_string(algorithm);
      EXPECT_LE(again.reset_at, now + hours(24 * 31)) << to_string(algorithm);
      EXPECT_TRUE(after.check("k", again.reset_at).value().admitted) << to_string(algorithm);
    }
  }
}

TEST(LimiterState, TheLargestThatAStoreTakesIsReadAgain) {
  for (const auto algorithm : {LimiterAlgorithm::sliding_log, LimiterAlgorithm::concurrency}) {
    KeyedLimiter limiter({.limit = limits::limiter_stored_units_max,
                          .window = hours(24 * 365 * 90),
                          .algorithm = algorithm});
    Duration at = hours(24 * 365 * 30);
    for (std::uint32_t i = 0; i < limits::limiter_stored_units_max; ++i) {
      ASSERT_TRUE(limiter.check("k", at += hours(1)).value().admitted);
    }
    const auto saved = limiter.save("k", at).value();
    const auto read = decode_limiter_state(encode(saved.state));
    ASSERT_TRUE(read) << read.error().to_string();
    EXPECT_EQ(*read, saved.state);
  }
}

TEST(LimiterState, WhatCannotBeIsRefused) {
  const Duration now = hours(24 * 365 * 56);
  const auto refused = [&](const LimiterState& state) {
    const auto restored = LimiterMachine::restore(state, state.options, now);
    return !restored && restored.error().code() == ErrorCode::decode;
  };
  KeyedLimiter limiter({.limit = 3});
  ASSERT_TRUE(limiter.check("k", 2U, now).value().admitted);
  ASSERT_TRUE(limiter.reserve("k", 1, seconds(5), now).value().admitted);
  const LimiterState good = limiter.save("k", now).value().state;
  ASSERT_TRUE(LimiterMachine::restore(good, good.options, now));
  LimiterState bad = good;
  bad.log_units.clear();
  EXPECT_TRUE(refused(bad));
  bad = good;
  bad.log.front() = now + seconds(1);
  EXPECT_TRUE(refused(bad));
  bad = good;
  bad.held.front() = 0;
  EXPECT_TRUE(refused(bad));
  bad = good;
  bad.options.window = seconds(-1);
  EXPECT_TRUE(refused(bad));
  bad = good;
  bad.options.algorithm = LimiterAlgorithm::token_bucket;
  bad.units = -1;
  EXPECT_TRUE(refused(bad));
  const auto other =
      LimiterMachine::restore(good, {.limit = 3, .algorithm = LimiterAlgorithm::gcra}, now);
  EXPECT_EQ(other.error().code(), ErrorCode::conflict);
}

TEST(LimiterState, AnotherFormIsRefusedByItsNumber) {
  LimiterState state;
  state.version = 2;
  const auto read = decode_limiter_state(encode(state));
  EXPECT_EQ(read.error().code(), ErrorCode::decode);
  EXPECT_NE(read.error().text().find("version 2"), std::string::npos);
}

}  // namespace
}  // namespace kith
