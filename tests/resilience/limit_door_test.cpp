// SPDX-License-Identifier: Apache-2.0

/// Validation of limits, edge values, and texts of refusals.

#include <array>
#include <memory>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

#include "resilience/rate_limiter.hpp"
#include "resilience/refusal.hpp"

namespace kith {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::array algorithms{LimiterAlgorithm::sliding_log,
                                LimiterAlgorithm::token_bucket,
                                LimiterAlgorithm::sliding_counter,
                                LimiterAlgorithm::leaky_bucket,
                                LimiterAlgorithm::gcra,
                                LimiterAlgorithm::fixed_window,
                                LimiterAlgorithm::concurrency};

TEST(LimitDoor, AnEmptyKeyIsRefused) {
  ManualClock clock;
  RateLimiter limiter({}, clock);
  EXPECT_EQ(limiter.check("").error().code(), ErrorCode::invalid_argument);
  EXPECT_EQ(limiter.reserve("", 1, seconds(1)).error().code(), ErrorCode::invalid_argument);
}

TEST(LimitDoor, EachWindowIsRefusedByItsNameOrWaitsSensibly) {
  for (const auto algorithm : algorithms) {
    for (const Duration window :
         {Duration::min(), Duration(-1), Duration(0), Duration(1), limiter_window_max,
          limiter_window_max + Duration(1), Duration::max()}) {
      SCOPED_TRACE(std::string(to_string(algorithm)) + " " + std::to_string(window.count()));
      const RateLimiterOptions options{.limit = 2, .window = window, .algorithm = algorithm};
      if (const auto good = validate(options); !good) {
        EXPECT_EQ(good.error().text(), "window: must be from zero to 100 years");
        continue;
      }
      EXPECT_GE(window, Duration(0));
      EXPECT_LE(window, limiter_window_max);
      KeyedLimiter limiter(options);
      for (const Duration at : {Duration(-1), Duration(0), Duration(1), Duration::max()}) {
        for (const Duration hold_for : {Duration(1), Duration::max()}) {
          const auto held = limiter.reserve("k", 1, hold_for, at).value();
          EXPECT_GE(held.retry_after, Duration(0));
          EXPECT_GE(held.reset_after, Duration(0));
        }
        const auto answer = limiter.check("k", at).value();
        EXPECT_GE(answer.retry_after, Duration(0));
        EXPECT_GE(answer.reset_after, Duration(0));
        EXPECT_GE(answer.reset_at, at);
      }
      EXPECT_EQ(limiter.reserve("k", 1, Duration(0), hours(1)).error().code(),
                ErrorCode::invalid_argument);
    }
  }
}

TEST(LimitDoor, ARefusalNamesTheLimitItsStateAndWhenToTryAgain) {
  ManualClock clock;
  const RateLimiterOptions options{
      .limit = 2, .window = milliseconds(2300), .algorithm = LimiterAlgorithm::token_bucket};
  RateLimiter limiter(options, clock, {.name = "logins"});
  ASSERT_TRUE(limiter.check("ann", 2).value().admitted);
  EXPECT_EQ(limit_refusal(limiter.name(), "ann", limiter.check("ann").value()).text(),
            "the limit 'logins' has 0 of 2 left for 'ann'; try again in 1.2 s");
  EXPECT_EQ(limit_refusal("", "ann", limiter.check("ann", 3).value()).text(),
            "the limit has 0 of 2 left for 'ann'; it never admits so much at once");
}

/// A store whose functions all throw.
class ThrowingStore final : public LimiterStore {
 public:
  Result<std::optional<Bytes>> get(std::string_view) override { throw std::runtime_error("get"); }
  Result<void> on_change(std::string_view, BytesView, WallTime) override {
    throw std::runtime_error("on_change");
  }
  Result<void> remove(std::string_view) override { throw std::runtime_error("remove"); }
};

TEST(LimitDoor, AStoreThatThrowsHasFailedAndStopsNobody) {
  ManualClock clock;
  RateLimiter limiter({.limit = 1}, clock, {.store = std::make_shared<ThrowingStore>()});
  EXPECT_TRUE(limiter.check("k").value().admitted);
  EXPECT_FALSE(limiter.check("k").value().admitted);
  EXPECT_EQ(limiter.counters().store_failures, 2U);
  EXPECT_TRUE(limiter.reset("k"));
  EXPECT_TRUE(limiter.check("k").value().admitted);
}

TEST(LimitDoor, AnObserverThatThrowsLeavesNothingBehindButTheCount) {
  ManualClock clock;
  bool throws = true;
  RateLimiter limiter({.limit = 2}, clock, {.on_hit = [&](const LimitEvent&) {
                        if (throws) throw std::runtime_error("told");
                      }});
  EXPECT_THROW((void)limiter.check("k"), std::runtime_error);
  throws = false;
  EXPECT_EQ(limiter.check("k").value().remaining, 0U);
}

}  // namespace
}  // namespace kith
