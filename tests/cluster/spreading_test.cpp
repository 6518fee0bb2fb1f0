// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <chrono>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "cluster/dialler.hpp"
#include "cluster/hlc.hpp"
#include "cluster/probe_list.hpp"
#include "cluster/quiet_line.hpp"
#include "cluster/retransmit_queue.hpp"

namespace kith::cluster {
namespace {

using namespace std::chrono_literals;
constexpr TimePoint begin{1h};

MemberState news_about(std::string name) {
  MemberState state;
  state.name = std::move(name);
  return state;
}

TEST(RetransmitQueue, LimitGrowsWithTheLogarithmOfTheCluster) {  // M-007
  EXPECT_EQ(retransmit_limit(3, 0), 0U);
  EXPECT_EQ(retransmit_limit(3, 1), 3U);
  EXPECT_EQ(retransmit_limit(3, 99), 6U);
}

TEST(RetransmitQueue, FullExchangesAreRarerInLargeClusters) {  // M-008
  EXPECT_EQ(push_pull_scale(1), 1U);
  EXPECT_EQ(push_pull_scale(32), 1U);
  EXPECT_EQ(push_pull_scale(33), 2U);
  EXPECT_EQ(push_pull_scale(64), 2U);
  EXPECT_EQ(push_pull_scale(65), 3U);
  EXPECT_EQ(push_pull_scale(128), 3U);
}

TEST(RetransmitQueue, PacksAsManyAsFitWithTheirOverhead) {  // M-010
  for (const auto& [overhead, fit] :
       std::vector<std::pair<std::size_t, std::size_t>>{{2, 4}, {3, 3}}) {
    RetransmitQueue queue;
    for (const char* name : {"a", "b", "c", "d"}) queue.push(news_about(name), 18);
    EXPECT_EQ(queue.take({overhead, 80, 9}).size(), fit);
  }
}

TEST(RetransmitQueue, SendsEachPieceAsOftenAsToldThenRests) {  // M-011
  RetransmitQueue queue;
  for (const char* name : {"a", "b", "c", "d"}) queue.push(news_about(name), 18);
  std::vector<std::size_t> rounds;
  for (int i = 0; i < 3; ++i) {
    rounds.push_back(queue.take({3, 80, 2}).size());
    EXPECT_EQ(queue.last_number(), queue.empty() ? 0U : 4U);
  }
  rounds.push_back(queue.take({3, 80, 2}).size());
  EXPECT_EQ(rounds, (std::vector<std::size_t>{3, 3, 2, 0}));
  EXPECT_EQ(queue.last_number(), 0U);
}

TEST(RetransmitQueue, NewerNewsReplacesOlderAboutTheSameMember) {
  RetransmitQueue queue;
  queue.push(news_about("a"), 18);
  auto newer = news_about("a");
  newer.incarnation = 2;
  queue.push(newer, 18);
  const auto sent = queue.take({0, 1000, 5});
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent[0].incarnation, 2U);
}

TEST(ProbeList, ReachesEverybodyOncePerRoundWhoeverComesAndGoes) {
  Random random(7);
  ProbeList list;
  EXPECT_FALSE(list.next());
  for (const char* name : {"a", "b", "c", "d"}) list.add(name, random);
  list.add("a", random);
  EXPECT_EQ(list.size(), 4U);
  for (int round = 0; round < 3; ++round) {
    std::set<std::string> seen;
    for (int i = 0; i < 4; ++i) seen.insert(*list.next());
    EXPECT_EQ(seen.size(), 4U);
  }
  list.remove("b");
  list.remove("nobody");
  std::set<std::string> left;
  for (int i = 0; i < 3; ++i) left.insert(*list.next());
  EXPECT_EQ(left, (std::set<std::string>{"a", "c", "d"}));
}

TEST(ProbeList, PickGivesDifferentNamesAndAllWhenFew) {  // M-035
  Random random(3);
  for (int i = 0; i < 100; ++i) {
    auto picked = pick({"a", "b", "c", "d"}, 3, random);
    EXPECT_EQ(std::set<std::string>(picked.begin(), picked.end()).size(), 3U);
  }
  EXPECT_EQ(pick({"a", "b"}, 5, random).size(), 2U);
  EXPECT_TRUE(pick({}, 5, random).empty());
}

TEST(QuietLine, SilenceForbidsAccusationsAndForAWhileAfter) {
  QuietLine line(1s, 30s, begin);
  EXPECT_TRUE(line.may_accuse(begin + 1s));
  EXPECT_LE(line.may_expire_from(begin + 1s), begin);
  EXPECT_TRUE(line.is_silent(begin + 2600ms));
  EXPECT_FALSE(line.may_accuse(begin + 2600ms));
  line.heard(begin + 10s);
  EXPECT_FALSE(line.is_silent(begin + 10s));
  EXPECT_FALSE(line.may_accuse(begin + 11s));
  line.heard(begin + 12s);
  EXPECT_TRUE(line.may_accuse(begin + 12s));
  EXPECT_EQ(line.may_expire_from(begin + 12s), begin + 13s);
}

TEST(QuietLine, GivesUpAfterTheLongestIsolation) {
  const QuietLine line(1s, 30s, begin);
  EXPECT_FALSE(line.may_accuse(begin + 32s));
  EXPECT_TRUE(line.may_accuse(begin + 32500ms));
  EXPECT_EQ(line.may_expire_from(begin + 20s), begin + 32500ms);
}

TEST(Dialler, BacksOffButNeverStops) {
  Random random(1);
  Dialler dialler(500ms, 30s);
  dialler.set_targets({"a:1"}, begin);
  TimePoint now = begin;
  Duration longest{};
  for (int i = 0; i < 30; ++i) {
    EXPECT_EQ(dialler.due(now, random), std::vector<transport::Address>{"a:1"});
    const TimePoint next = *dialler.next_deadline();
    longest = std::max(longest, next - now);
    now = next;
  }
  EXPECT_LE(longest, 30s);
  EXPECT_GE(longest, 24s);
  dialler.hurry("a:1", now);
  EXPECT_EQ(dialler.next_deadline(), now + 500ms);
  dialler.set_targets({}, now);
  EXPECT_FALSE(dialler.next_deadline());
}

TEST(HybridClock, IsLaterThanAllItHasSeen) {  // M-037 in spirit
  HybridClock clock;
  const WallTime wall{1000s};
  const auto first = clock.now(wall);
  EXPECT_LT(first, clock.now(wall));
  EXPECT_LT(first, clock.now(wall - 1s)) << "the calendar may jump back";
  const HybridTime ahead{(wall + 5s).time_since_epoch().count(), 3};
  EXPECT_TRUE(clock.observe(ahead, wall));
  EXPECT_LT(ahead, clock.now(wall));
}

TEST(HybridClock, DoesNotBelieveAClockFarAhead) {
  HybridClock clock;
  const WallTime wall{1000s};
  EXPECT_FALSE(clock.observe({(wall + 11s).time_since_epoch().count(), 0}, wall));
  EXPECT_EQ(clock.now(wall), (HybridTime{wall.time_since_epoch().count(), 0}));
}

}  // namespace
}  // namespace kith::cluster
