// SPDX-License-Identifier: Apache-2.0
#include "resilience/listing.hpp"

#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "resilience/limit_service.hpp"

namespace kith::resilience {
namespace {

using Things = std::map<std::string, int>;

LimitPage page(const Things& things, const ListRequest& request) {
  return page_of<LimitPage>(things, request,
                            [](const auto& thing) { return LimitEntry{.name = thing.first}; });
}
std::string names_of(const LimitPage& page) {
  std::string names;
  for (const LimitEntry& entry : page.items) names += entry.name;
  return names;
}
Things letters(const std::string& names) {
  Things things;
  for (const char name : names) things[std::string(1, name)] = 0;
  return things;
}

TEST(Listing, APageHasTheNamesBehindTheLastOneAndSaysWhetherThereAreMore) {
  const Things things = letters("abcde");
  EXPECT_EQ(names_of(page(things, {.items_max = 2})), "ab");
  EXPECT_TRUE(page(things, {.items_max = 2}).more);
  EXPECT_EQ(names_of(page(things, {.after = "b", .items_max = 3})), "cde");
  EXPECT_FALSE(page(things, {.after = "b", .items_max = 3}).more);
  EXPECT_EQ(names_of(page(things, {.after = "bb", .items_max = 0})), "c") << "at least one";
  EXPECT_EQ(names_of(page(things, {.after = "e"})), "");
}

TEST(Listing, APrefixLeavesOutAllOthers) {
  const Things things{{"ab", 0}, {"b", 0}, {"ba", 0}, {"bb", 0}, {"c", 0}};
  EXPECT_EQ(names_of(page(things, {.prefix = "b"})), "bbabb");
  EXPECT_EQ(names_of(page(things, {.prefix = "b", .after = "ba"})), "bb");
  EXPECT_EQ(names_of(page(things, {.prefix = "b", .after = "a", .items_max = 1})), "b");
  EXPECT_FALSE(page(things, {.prefix = "b"}).more);
}

TEST(Listing, APageEndsBehindItsBytes) {
  Things things;
  for (int i = 0; i < 1000; ++i) things[std::to_string(i) + std::string(4000, 'x')] = 0;
  const LimitPage first = page(things, {.items_max = 1000});
  EXPECT_TRUE(first.more);
  EXPECT_LT(first.items.size(), 70U);
}

/// Reads all pages of several nodes.
std::string walk(const std::vector<Things>& nodes, std::uint32_t items_max) {
  std::string names;
  std::string after;
  for (int pages = 0; pages < 100; ++pages) {
    std::vector<std::pair<BootId, LimitPage>> answers;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      answers.emplace_back(i, page(nodes[i], {.after = after, .items_max = items_max}));
    }
    const auto merged = merge_pages(answers, items_max);
    EXPECT_LE(merged.items.size(), items_max);
    for (const auto& listed : merged.items) {
      names += listed.name + std::to_string(listed.entries.size());
    }
    if (!merged.next) return names;
    after = *merged.next;
  }
  return "no end";
}

TEST(Listing, PagesOfSeveralNodesTogetherHaveEachNameOnceInOrder) {
  const std::vector<Things> nodes{letters("acegi"), letters("bcdxyz"), letters(""), letters("c")};
  const std::string all = "a1b1c3d1e1g1i1x1y1z1";
  for (const std::uint32_t items_max : {1U, 2U, 3U, 4U, 7U, 100U}) {
    EXPECT_EQ(walk(nodes, items_max), all) << items_max;
  }
}

}  // namespace
}  // namespace kith::resilience
