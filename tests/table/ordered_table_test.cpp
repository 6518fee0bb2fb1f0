// SPDX-License-Identifier: Apache-2.0
#include "table/ordered_table.hpp"

#include <map>
#include <random>

#include <gtest/gtest.h>

namespace kith {
namespace {

using Rows = std::vector<std::pair<std::int64_t, std::int64_t>>;

TEST(OrderedTable, AgreesWithAMapAfterManyRandomChanges) {
  std::mt19937_64 random(3);
  for (const std::int64_t keys : {10, 1000, 20'000}) {
    OrderedTable<std::int64_t, std::int64_t> table;
    std::map<std::int64_t, std::int64_t> expected;
    for (std::int64_t step = 0; step < 40'000; ++step) {
      const auto key = static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(keys));
      if (random() % 3 == 0) {
        EXPECT_EQ(table.erase(key), expected.erase(key) == 1);
      } else {
        EXPECT_TRUE(table.insert(key, step));
        expected[key] = step;
      }
      const auto behind = expected.upper_bound(key);
      const auto next = table.next(key);
      ASSERT_EQ(next.has_value(), behind != expected.end());
      if (next) {
        ASSERT_EQ(next->first, behind->first);
      }
      const auto at = expected.lower_bound(key);
      const auto before = table.previous(key);
      ASSERT_EQ(before.has_value(), at != expected.begin());
      if (before) {
        ASSERT_EQ(before->first, std::prev(at)->first);
      }
    }
    EXPECT_EQ(table.rows(), Rows(expected.begin(), expected.end()));
    EXPECT_EQ(table.size(), expected.size());
  }
}

TEST(OrderedTable, GivesARangeFromAKeyOnAndBeforeAnother) {
  OrderedTable<std::int64_t, std::int64_t> table;
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(table.insert(i * 2, i));
  EXPECT_EQ(table.range(3, 8), (Rows{{4, 2}, {6, 3}}));
  EXPECT_EQ(table.range(0, 2000, 2), (Rows{{0, 0}, {2, 1}}));
  EXPECT_TRUE(table.range(5000, 6000).empty());
  EXPECT_EQ(table.first()->first, 0);
  EXPECT_EQ(table.last()->first, 1998);
}

TEST(OrderedTable, CountsAndRefuses) {
  OrderedTable<std::int64_t, std::int64_t> table({.name = "small", .rows_max = 1});
  EXPECT_EQ(table.update_counter(1, 1).error().code(), ErrorCode::not_found);
  EXPECT_EQ(table.update_counter(1, 1, 5).value(), 6);
  EXPECT_EQ(table.update_counter(1, -7).value(), -1);
  EXPECT_EQ(table.update_counter(2, 1, 0).error().code(), ErrorCode::overloaded);
  EXPECT_EQ(table.insert(2, 0).error().code(), ErrorCode::overloaded);
  EXPECT_TRUE(table.insert(1, 9));
  EXPECT_EQ(table.take(1), 9);
  EXPECT_TRUE(table.insert_new(3, 1).value());
}

}  // namespace
}  // namespace kith
