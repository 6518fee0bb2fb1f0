// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <string>

#include <gtest/gtest.h>

#include "resilience/keyed_limiter.hpp"

namespace kith {
namespace {

using namespace std::chrono_literals;

class LooksAtKeys : public ::testing::TestWithParam<LimiterAlgorithm> {};

/// One limiter is queried all the time, its twin never.
TEST_P(LooksAtKeys, ToLookChangesNoDecisionAndRemembersNoKey) {
  RateLimiterOptions options{.limit = 3, .window = 10s, .algorithm = GetParam()};
  KeyedLimiter looked(options);
  KeyedLimiter twin(options);
  for (int i = 0; i < 60; ++i) {
    const Duration at = 1000s + i * 700ms;
    if (i % 20 == 19) {
      options.limit = options.limit == 3 ? 5 : 3;
      looked.change(options, at);
      twin.change(options, at);
    }
    const std::string key = std::to_string(i % 2);
    const RateDecision seen = looked.look(key, at);
    (void)looked.look(key, at + 1h);
    (void)looked.look("nobody", at);
    const auto counted = looked.check(key, at).value();
    EXPECT_EQ(counted, twin.check(key, at).value()) << i;
    EXPECT_EQ(seen.admitted, counted.admitted) << i;
    EXPECT_EQ(seen.retry_after, counted.retry_after) << i;
    if (counted.admitted) {
      EXPECT_EQ(seen.remaining, counted.remaining + 1) << i;
    }
  }
  EXPECT_EQ(looked.size(), 2U);
}

INSTANTIATE_TEST_SUITE_P(Algorithms, LooksAtKeys,
                         ::testing::Values(LimiterAlgorithm::sliding_log,
                                           LimiterAlgorithm::token_bucket,
                                           LimiterAlgorithm::sliding_counter,
                                           LimiterAlgorithm::leaky_bucket, LimiterAlgorithm::gcra,
                                           LimiterAlgorithm::fixed_window,
                                           LimiterAlgorithm::concurrency),
                         [](const auto& test) { return std::string(to_string(test.param)); });

}  // namespace
}  // namespace kith
