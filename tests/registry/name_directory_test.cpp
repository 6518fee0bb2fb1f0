// SPDX-License-Identifier: Apache-2.0
#include "registry/name_directory.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace kith::registry {
namespace {

using cluster::LogEvent;
using Kind = NameEvent::Kind;

const NodeId a{"a", 1};
const NodeId b{"b", 2};
const NodeId c{"c", 3};

LogEvent claim(const NodeId& owner, const std::string& name, std::int64_t claimed,
               std::int64_t priority = 0, LogEvent::Kind kind = LogEvent::Kind::added) {
  const Pid pid{owner.boot, 1, 1};
  return {kind, owner, {"names", name}, {{name_value(pid, "meta"), priority, {claimed, 0}}, 1}};
}

LogEvent about(const NodeId& owner, LogEvent::Kind kind) {
  return {kind, owner, {}, {}};
}

std::vector<Kind> kinds(const std::vector<NameEvent>& events) {
  std::vector<Kind> all;
  for (const auto& event : events) all.push_back(event.kind);
  return all;
}

TEST(NameDirectory, TheEarliestClaimWinsOnEveryNodeWhateverTheOrder) {
  NameDirectory one(a, "names");
  NameDirectory two(b, "names");
  one.apply(claim(a, "x", 20));
  one.apply(claim(b, "x", 10));
  two.apply(claim(b, "x", 10));
  two.apply(claim(a, "x", 20));
  EXPECT_EQ(one.names(), two.names());
  EXPECT_EQ(one.lookup("x")->owner, b);
  EXPECT_EQ(one.lookup("x")->metadata, Value("meta"));
}

TEST(NameDirectory, PriorityComesBeforeTimeAndTheSmallestNodeDecidesATie) {
  NameDirectory directory(c, "names");
  directory.apply(claim(b, "x", 10));
  directory.apply(claim(a, "x", 10));
  EXPECT_EQ(directory.lookup("x")->owner, a);
  directory.apply(claim(c, "x", 99, 5));
  EXPECT_EQ(directory.lookup("x")->owner, c);
  EXPECT_EQ(directory.candidates("x").size(), 3U);
}

TEST(NameDirectory, TheLoserIsToldOnceWhoWon) {
  NameDirectory directory(a, "names");
  EXPECT_EQ(kinds(directory.apply(claim(a, "x", 20))), std::vector{Kind::registered});
  const auto events = directory.apply(claim(b, "x", 10));
  EXPECT_EQ(kinds(events), (std::vector{Kind::changed, Kind::conflict}));
  EXPECT_EQ(events[1].loser.pid.node, a.boot);
  EXPECT_EQ(events[1].winner.owner, b);
  EXPECT_TRUE(directory.apply(claim(b, "x", 10)).empty()) << "told before";
  EXPECT_EQ(kinds(directory.apply(claim(c, "x", 5))), (std::vector{Kind::changed, Kind::conflict}))
      << "another winner is news";
}

TEST(NameDirectory, OthersConflictsAreNotOurs) {
  NameDirectory directory(c, "names");
  directory.apply(claim(a, "x", 20));
  EXPECT_EQ(kinds(directory.apply(claim(b, "x", 10))), std::vector{Kind::changed});
}

TEST(NameDirectory, NamesOfAnUnreachableNodeAreHiddenUntilItReturns) {
  NameDirectory directory(c, "names");
  directory.apply(claim(a, "x", 10));
  directory.apply(claim(b, "x", 20));
  EXPECT_EQ(kinds(directory.apply(about(a, LogEvent::Kind::hidden))), std::vector{Kind::changed});
  EXPECT_EQ(directory.lookup("x")->owner, b);
  directory.apply(about(b, LogEvent::Kind::hidden));
  EXPECT_FALSE(directory.lookup("x"));
  EXPECT_TRUE(directory.names().empty());
  EXPECT_EQ(kinds(directory.apply(about(a, LogEvent::Kind::revealed))),
            std::vector{Kind::registered});
  EXPECT_EQ(directory.lookup("x")->owner, a);
}

TEST(NameDirectory, ARemovedEntryIsGone) {
  NameDirectory directory(c, "names");
  directory.apply(claim(a, "x", 10));
  EXPECT_EQ(kinds(directory.apply(claim(a, "x", 10, 0, LogEvent::Kind::removed))),
            std::vector{Kind::unregistered});
  EXPECT_FALSE(directory.lookup("x"));
  EXPECT_TRUE(directory.apply(claim(a, "x", 10, 0, LogEvent::Kind::removed)).empty());
}

TEST(NameDirectory, OtherScopesAndStrangeValuesArePassedOver) {
  NameDirectory directory(c, "names");
  auto other = claim(a, "x", 10);
  other.key.scope = "groups";
  EXPECT_TRUE(directory.apply(other).empty());
  auto strange = claim(a, "x", 10);
  strange.entry.content.value = "no pid";
  EXPECT_TRUE(directory.apply(strange).empty());
  EXPECT_TRUE(directory.names().empty());
}

}  // namespace
}  // namespace kith::registry
