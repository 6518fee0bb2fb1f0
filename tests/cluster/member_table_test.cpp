// SPDX-License-Identifier: Apache-2.0
#include "cluster/member_table.hpp"

#include <chrono>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace kith::cluster {
namespace {

using namespace std::chrono_literals;
using Kind = MemberEvent::Kind;
constexpr TimePoint begin{1h};

MemberState state(const std::string& name, MemberStatus status, std::uint64_t incarnation,
                  std::string by = {}) {
  return {.name = name,
          .boot = 7,
          .started = 100,
          .address = name + ":1",
          .incarnation = incarnation,
          .status = status,
          .weight = 1,
          .by = std::move(by)};
}

/// The table of the node "me", with "a" and "b" at incarnation 5.
class Table : public ::testing::Test {
 protected:
  Table() {
    apply(state("a", MemberStatus::up, 5));
    apply(state("b", MemberStatus::up, 5));
    changes = {};
  }
  void apply(const MemberState& news) { table.apply(news, now, changes); }
  [[nodiscard]] MemberStatus status(const std::string& name) const {
    return table.find(name)->status;
  }
  [[nodiscard]] std::vector<Kind> kinds() const {
    std::vector<Kind> all;
    for (const auto& event : changes.events) all.push_back(event.kind);
    return all;
  }

  MemberTable table{MembershipOptions::lan(), to_member(state("me", MemberStatus::up, 3), begin)};
  MemberChanges changes;
  TimePoint now = begin;
};

using MemberTableTest = Table;

TEST_F(MemberTableTest, OldOrEqualLifeSignsOfOthersAreIgnored) {  // M-013
  apply(state("a", MemberStatus::up, 4));
  apply(state("a", MemberStatus::up, 5));
  EXPECT_TRUE(changes.events.empty());
  EXPECT_TRUE(changes.news.empty());
}

TEST_F(MemberTableTest, ASuspectThatRefutesIsUpAgain) {  // M-013
  apply(state("a", MemberStatus::suspect, 5, "b"));
  EXPECT_EQ(status("a"), MemberStatus::suspect);
  EXPECT_TRUE(table.suspicion_deadline());
  apply(state("a", MemberStatus::up, 5));
  EXPECT_EQ(status("a"), MemberStatus::suspect) << "the same incarnation refutes nothing";
  apply(state("a", MemberStatus::up, 6));
  EXPECT_EQ(kinds(), (std::vector{Kind::suspect, Kind::up}));
  EXPECT_FALSE(table.suspicion_deadline());
}

TEST_F(MemberTableTest, ALieAboutMyselfIsRefutedOnce) {  // M-014
  auto lie = state("me", MemberStatus::up, 9);
  lie.address = "elsewhere:1";
  apply(lie);
  EXPECT_EQ(table.self().incarnation, 10U);
  EXPECT_EQ(table.self().address, "me:1");
  ASSERT_EQ(changes.news.size(), 1U);
  EXPECT_EQ(changes.news[0].status, MemberStatus::up);
}

TEST_F(MemberTableTest, ASuspicionOfMyselfIsRefutedAndCostsHealth) {  // M-016
  apply(state("me", MemberStatus::suspect, 3, "a"));
  EXPECT_EQ(table.self().incarnation, 4U);
  EXPECT_EQ(changes.news.size(), 1U);
  EXPECT_EQ(changes.health, 1);
}

TEST_F(MemberTableTest, AnOldSuspicionOfMyselfIsAnsweredWithWhatIsKnown) {
  apply(state("me", MemberStatus::suspect, 2, "a"));
  EXPECT_EQ(table.self().incarnation, 3U);
  ASSERT_EQ(changes.news.size(), 1U) << "the refutation has not reached everybody";
  EXPECT_EQ(changes.health, 0);
}

TEST_F(MemberTableTest, OldSuspicionsAndDeathsAreIgnored) {  // M-016, M-017
  apply(state("a", MemberStatus::suspect, 4, "b"));
  apply(state("a", MemberStatus::unreachable, 4, "b"));
  EXPECT_EQ(status("a"), MemberStatus::up);
  EXPECT_TRUE(changes.news.empty());
}

TEST_F(MemberTableTest, DeathIsToldOnceAndOutlivesTheSameIncarnation) {  // M-017
  apply(state("a", MemberStatus::unreachable, 5, "b"));
  apply(state("a", MemberStatus::unreachable, 5, "c"));
  apply(state("a", MemberStatus::up, 5));
  EXPECT_EQ(kinds(), std::vector{Kind::unreachable});
  EXPECT_EQ(changes.news.size(), 1U);
  apply(state("a", MemberStatus::up, 6));
  EXPECT_EQ(status("a"), MemberStatus::up);
}

TEST_F(MemberTableTest, AMemberThatSaysGoodbyeHasLeftNotFailed) {  // M-019
  apply(state("a", MemberStatus::left, 5, "a"));
  apply(state("a", MemberStatus::unreachable, 5, "b"));
  EXPECT_EQ(kinds(), std::vector{Kind::left});
}

TEST_F(MemberTableTest, AListFromElsewhereMakesTheDeadOnlySuspect) {  // M-020
  table.merge({state("a", MemberStatus::removed, 5), state("b", MemberStatus::up, 6),
               state("c", MemberStatus::up, 1), state("d", MemberStatus::removed, 1)},
              "b", now, changes);
  EXPECT_EQ(status("a"), MemberStatus::suspect);
  EXPECT_EQ(table.find("b")->incarnation, 6U);
  EXPECT_EQ(kinds(), (std::vector{Kind::suspect, Kind::up}));
  EXPECT_EQ(table.find("d"), nullptr) << "the dead whom nobody knew are nobody's loss";
}

TEST_F(MemberTableTest, ASuspicionThatRunsOutMakesUnreachableThenRemoved) {
  table.accuse("a", now, changes);
  now = *table.suspicion_deadline();
  table.expire(now, false, changes);
  EXPECT_EQ(status("a"), MemberStatus::suspect) << "not while the line is quiet";
  table.expire(now, true, changes);
  EXPECT_EQ(status("a"), MemberStatus::unreachable);
  now = *table.removal_deadline();
  table.expire(now, true, changes);
  EXPECT_EQ(kinds(), (std::vector{Kind::suspect, Kind::unreachable, Kind::down}));
}

TEST_F(MemberTableTest, AMinorityRemovesNobody) {
  apply(state("a", MemberStatus::unreachable, 5, "x"));
  apply(state("b", MemberStatus::unreachable, 5, "x"));
  EXPECT_FALSE(table.removal_deadline());
  table.expire(now + 1h, true, changes);
  EXPECT_EQ(status("a"), MemberStatus::unreachable);
}

TEST_F(MemberTableTest, ANewBootReplacesTheOldOneForGood) {
  auto newer = state("a", MemberStatus::up, 0);
  newer.boot = 8;
  newer.started = 200;
  apply(newer);
  EXPECT_EQ(kinds(), (std::vector{Kind::down, Kind::up}));
  EXPECT_EQ(changes.events[0].member.id.boot, 7U);
  EXPECT_EQ(changes.events[1].member.id.boot, 8U);
  apply(state("a", MemberStatus::up, 99));
  EXPECT_EQ(table.find("a")->id.boot, 8U);
  EXPECT_TRUE(table.is_replaced({"a", 7}));
  EXPECT_FALSE(table.is_replaced({"a", 8}));
}

TEST_F(MemberTableTest, OtherMetadataIsOneUpdate) {  // M-034
  auto news = state("a", MemberStatus::up, 6);
  news.weight = 4;
  apply(news);
  apply(news);
  EXPECT_EQ(kinds(), std::vector{Kind::updated});
  EXPECT_EQ(table.find("a")->weight, 4U);
}

TEST_F(MemberTableTest, OnlySoManyWhoAreGoneAreRemembered) {
  auto options = MembershipOptions::lan();
  options.gone_members_max = 2;
  MemberTable small(options, to_member(state("me", MemberStatus::up, 0), now));
  for (int i = 0; i < 5; ++i) {
    const std::string name = "n" + std::to_string(i);
    small.apply(state(name, MemberStatus::up, 1), now, changes);
    small.apply(state(name, MemberStatus::left, 1, name), now + std::chrono::seconds{i}, changes);
  }
  small.expire(now, true, changes);
  EXPECT_EQ(small.members().size(), 3U);
  EXPECT_NE(small.find("n4"), nullptr);
  EXPECT_EQ(small.find("n0"), nullptr);
}

}  // namespace
}  // namespace kith::cluster
