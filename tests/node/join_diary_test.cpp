// SPDX-License-Identifier: Apache-2.0
#include "node/join_diary.hpp"

#include <chrono>
#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kith::node {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Kind = JoinObstacle::Kind;

constexpr TimePoint start{std::chrono::hours{1}};
const std::string a = "10.0.0.5:7400";
const std::string b = "10.0.0.6:7400";
const JoinObstacle refused{Kind::refused, "refused the connection"};
const JoinObstacle other_cluster{Kind::other_cluster, "belongs to the cluster 'shop'"};

TEST(JoinDiary, ASeedIsLookedAtAfterASecondAndThenAfterGrowingPauses) {
  JoinDiary diary;
  diary.set_missing({a}, start);
  EXPECT_THAT(diary.due(start + 999ms), IsEmpty());
  EXPECT_EQ(diary.next_deadline(), start + 1s);
  TimePoint now = start + 1s;
  for (const Duration pause : {2s, 4s, 8s, 16s, 30s, 30s}) {
    EXPECT_THAT(diary.due(now), ElementsAre(a));
    EXPECT_THAT(diary.due(now + 1h), IsEmpty()) << "one look at a time";
    diary.note(a, refused, now);
    EXPECT_EQ(diary.next_deadline(), now + pause);
    now += pause;
  }
}

TEST(JoinDiary, ACauseIsToldAtOnceAndThenAfterGrowingPauses) {
  JoinDiary diary;
  diary.set_missing({a}, start);
  std::vector<Duration> told;
  for (Duration after = 0s; after <= 30min; after += 10s) {
    if (diary.note(a, refused, start + after)) told.push_back(after);
  }
  EXPECT_THAT(told, ElementsAre(0s, 30s, 90s, 210s, 450s, 930s, 1530s));
}

TEST(JoinDiary, AnotherCauseIsToldAtOnce) {
  JoinDiary diary;
  diary.set_missing({a, b}, start);
  EXPECT_TRUE(diary.note(a, refused, start + 1s));
  EXPECT_FALSE(diary.note(a, refused, start + 2s));
  EXPECT_TRUE(diary.note(a, other_cluster, start + 3s));
  EXPECT_TRUE(diary.note(b, refused, start + 3s)) << "each seed for itself";
}

TEST(JoinDiary, TroublesSayWhySinceWhen) {
  JoinDiary diary;
  diary.set_missing({a}, start);
  EXPECT_THAT(diary.troubles(), IsEmpty()) << "nobody has looked yet";
  diary.note(a, refused, start + 1s);
  diary.set_missing({a, b}, start + 5s);
  diary.note(b, other_cluster, start + 6s);
  const auto troubles = diary.troubles();
  ASSERT_EQ(troubles.size(), 2U);
  EXPECT_EQ(troubles[0].seed, a);
  EXPECT_EQ(troubles[0].since, start);
  EXPECT_EQ(troubles[0].obstacle, refused);
  EXPECT_EQ(troubles[1].since, start + 5s);
}

TEST(JoinDiary, ASeedThatIsNotMissingAnyMoreIsForgotten) {
  JoinDiary diary;
  diary.set_missing({a}, start);
  diary.note(a, refused, start + 1s);
  diary.set_missing({}, start + 2s);
  EXPECT_THAT(diary.troubles(), IsEmpty());
  EXPECT_EQ(diary.next_deadline(), std::nullopt);
  EXPECT_FALSE(diary.note(a, refused, start + 3s));
}

TEST(JoinDiary, ANoOfTheNodeItselfOutweighsALookFromOutside) {
  JoinDiary diary;
  diary.set_missing({a}, start);
  const JoinObstacle no{Kind::not_let_in, "does not let this node in: the name is taken"};
  diary.note(a, no, start);
  EXPECT_FALSE(diary.note(a, {Kind::one_way, "answers questions"}, start + 1s));
  EXPECT_EQ(diary.troubles().front().obstacle, no);
  EXPECT_TRUE(diary.note(a, refused, start + 2s));
}

}  // namespace
}  // namespace kith::node
