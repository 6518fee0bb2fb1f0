// SPDX-License-Identifier: Apache-2.0
#include "resilience/limit_batch.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/limits.hpp"
#include "resilience/rate_limiter.hpp"

namespace kith {
namespace {

std::vector<LimitItem> items_for_keys(std::size_t count) {
  std::vector<LimitItem> items;
  for (std::size_t i = 0; i < count; ++i) {
    items.push_back({std::to_string(i), {.hits = static_cast<std::int64_t>(i % 7)}});
  }
  return items;
}

TEST(LimitBatch, L031_AnswersComeInTheOrderOfTheRequests) {
  for (const std::size_t count : {1U, 2U, 5U, 10U, 100U, 1000U}) {
    ManualClock clock;
    RateLimiter limiter({.limit = 10}, clock);
    const auto answers = limiter.check_many(items_for_keys(count)).value();
    ASSERT_EQ(answers.size(), count);
    for (std::size_t i = 0; i < count; ++i) EXPECT_EQ(answers[i]->remaining, 10 - i % 7);
  }
}

TEST(LimitBatch, RequestsForOneKeyAreCountedInTheirOrder) {
  ManualClock clock;
  RateLimiter limiter({.limit = 2}, clock);
  const std::vector<LimitItem> items{{"a"}, {"a", {.hits = 2}}, {"b"}, {"a"}, {"a"}};
  const auto answers = limiter.check_many(items).value();
  EXPECT_TRUE(answers[0]->admitted);
  EXPECT_FALSE(answers[1]->admitted);
  EXPECT_TRUE(answers[2]->admitted);
  EXPECT_TRUE(answers[3]->admitted);
  EXPECT_FALSE(answers[4]->admitted);
}

TEST(LimitBatch, L032_TooManyAreRefusedAsAWholeWithTheMaximumInTheText) {
  ManualClock clock;
  RateLimiter limiter({.limit = 10}, clock);
  const auto refused = limiter.check_many(items_for_keys(1001));
  EXPECT_EQ(refused.error().code(), ErrorCode::invalid_argument);
  EXPECT_NE(refused.error().text().find("1000"), std::string::npos);
  EXPECT_EQ(limiter.size(), 0U);
  EXPECT_EQ(limiter.counters().admitted, 0U);
}

TEST(LimitBatch, AKeyThatIsTooLongFailsAlone) {
  ManualClock clock;
  RateLimiter limiter({.limit = 10}, clock);
  const std::vector<LimitItem> items{
      {"a"}, {std::string(limits::key_size_bytes_max + 1, 'x')}, {"b"}};
  const auto answers = limiter.check_many(items).value();
  EXPECT_TRUE(answers[0]->admitted);
  EXPECT_EQ(answers[1].error().code(), ErrorCode::invalid_argument);
  EXPECT_TRUE(answers[2]->admitted);
}

}  // namespace
}  // namespace kith
