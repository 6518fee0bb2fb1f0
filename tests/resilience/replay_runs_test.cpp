// SPDX-License-Identifier: Apache-2.0
#include "resilience/replay_runs.hpp"

#include <chrono>

#include <gtest/gtest.h>

#include "actor/system.hpp"
#include "core/log.hpp"
#include "resilience/breaker_service.hpp"
#include "resilience/limit_service.hpp"

namespace kith::resilience {
namespace {

using std::chrono::seconds;

Bytes bytes(std::initializer_list<int> values) {
  Bytes result;
  for (const int value : values) result.push_back(static_cast<std::byte>(value));
  return result;
}

std::int64_t at(int second) {
  return Duration(seconds(second)).count();
}

TEST(ReplayAnswers, ForgetTheOldestBeyondTheirBound) {
  ReplayAnswers<int> answers;
  for (std::uint64_t number = 0; number <= limits::replay_answers_max; ++number) {
    answers.add(number, static_cast<int>(number));
  }
  EXPECT_EQ(answers.find(0), nullptr);
  ASSERT_NE(answers.find(1), nullptr);
  EXPECT_EQ(*answers.find(1), 1);
}

TEST(ReplayRuns, ARunWithoutAClientIsForgottenWhenAnotherBegins) {
  ReplayRuns<int> runs;
  const auto make = [] { return 0; };
  **runs.find_or_make("dead", TimePoint{}, make) = 1;
  **runs.find_or_make("alive", TimePoint{}, make) = 2;
  const TimePoint later = TimePoint{} + limits::replay_idle_max;
  EXPECT_EQ(**runs.find_or_make("alive", later, make), 2);
  EXPECT_TRUE(runs.find_or_make("new", later + seconds(1), make));
  EXPECT_EQ(runs.size(), 2U);
  EXPECT_EQ(**runs.find_or_make("alive", later, make), 2);
}

TEST(ReplayRuns, ThereAreOnlySoManyAtOnce) {
  ReplayRuns<int> runs;
  const auto make = [] { return 0; };
  for (std::size_t i = 0; i < limits::replays_max; ++i) {
    ASSERT_TRUE(runs.find_or_make(std::to_string(i), TimePoint{}, make));
  }
  EXPECT_EQ(runs.find_or_make("more", TimePoint{}, make).error().code(), ErrorCode::overloaded);
}

class ReplayServices : public testing::Test {
 protected:
  ManualClock clock_;
  System system_{{.workers = 0, .clock = &clock_}};
};

TEST_F(ReplayServices, ALimitCountsARepeatedItemOnce) {
  const auto service = LimitService::start_link(system_, make_null_log()).value();
  const RateLimiterOptions options{.limit = 2, .window = seconds(60)};
  const ReplayLimits first{"run", options, {1, 2}, {"anna", "anna"}, {at(1), at(2)}};
  EXPECT_EQ(call(service, first).value(), bytes({1, 1}));
  // The reply was lost: the items are repeated, followed by a new one.
  const ReplayLimits again{
      "run", options, {1, 2, 3}, {"anna", "anna", "anna"}, {at(1), at(2), at(3)}};
  EXPECT_EQ(call(service, again).value(), bytes({1, 1, 0}));
  const ReplayLimits other_run{"other", options, {1}, {"anna"}, {at(3)}};
  EXPECT_EQ(call(service, other_run).value(), bytes({1}));
}

TEST_F(ReplayServices, ABreakerCountsARepeatedItemOnce) {
  const auto service = BreakerService::start_link(system_, make_null_log()).value();
  const CircuitBreakerOptions options{.failure_threshold = 2, .open_for = seconds(60)};
  const ReplayBreakers first{"run", options, {1}, {"/pay"}, {at(1)}, bytes({1})};
  EXPECT_TRUE(call(service, first).value().transitions.empty());
  EXPECT_TRUE(call(service, first).value().transitions.empty()) << "one failure, not two";
  const ReplayBreakers second{"run",          options,      {2, 3}, {"/pay", "/pay"},
                              {at(2), at(3)}, bytes({1, 0})};
  for (int i = 0; i < 2; ++i) {
    const auto answer = call(service, second).value();
    EXPECT_EQ(answer.refused, bytes({0, 1}));
    ASSERT_EQ(answer.transitions.size(), 1U) << "told again to who asks again";
    EXPECT_EQ(answer.transitions.front().to, BreakerState::open);
    EXPECT_EQ(answer.transitions.front().item, 0U);
  }
}

}  // namespace
}  // namespace kith::resilience
