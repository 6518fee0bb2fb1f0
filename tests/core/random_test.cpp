// SPDX-License-Identifier: Apache-2.0
#include "core/random.hpp"

#include <gtest/gtest.h>

#include "core/error.hpp"
#include "core/hash.hpp"
#include "core/log.hpp"
#include "core/result.hpp"

namespace kith {
namespace {

TEST(Random, EqualSeedsGiveEqualSequences) {
  Random a(7);
  Random b(7);
  Random other(8);
  EXPECT_EQ(a.next(), b.next());
  EXPECT_NE(a.next(), other.next());
}

TEST(Random, BelowStaysBelowAndReachesAll) {
  Random random(1);
  std::vector<int> counts(5);
  for (int i = 0; i < 1000; ++i) ++counts.at(random.below(5));
  for (const int count : counts) EXPECT_GT(count, 100);
}

TEST(Hash, IsTheSameInEveryVersion) {
  EXPECT_EQ(stable_hash("anna"), stable_hash("anna"));
  EXPECT_NE(stable_hash("anna"), stable_hash("annb"));
  EXPECT_NE(stable_hash("anna"), stable_hash("anna", 1));
}

TEST(Error, EveryCodeHasANameThatLeadsBack) {
  for (int i = 0; i <= static_cast<int>(ErrorCode::internal); ++i) {
    const auto code = static_cast<ErrorCode>(i);
    EXPECT_EQ(error_code_from_string(to_string(code)), code);
  }
  EXPECT_EQ(error_code_from_string("nonsense"), std::nullopt);
}

TEST(Result, ValueOfAFailureThrowsTheError) {
  const Result<int> failed = Error(ErrorCode::timeout, "too slow");
  try {
    static_cast<void>(failed.value());
    FAIL();
  } catch (const BadResult& problem) {
    EXPECT_EQ(problem.error().code(), ErrorCode::timeout);
  }
}

TEST(Log, LevelsHaveNamesThatLeadBack) {
  EXPECT_EQ(log_level_from_string("warning"), LogLevel::warning);
  EXPECT_EQ(log_level_from_string("loud"), std::nullopt);
}

}  // namespace
}  // namespace kith
