// SPDX-License-Identifier: Apache-2.0
#include "table/table.hpp"

#include <limits>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace kith {
namespace {

TEST(Table, InsertWritesOverTheOldRow) {
  Table<Value, Value> table;
  EXPECT_TRUE(table.insert("a", 1).has_value());
  EXPECT_TRUE(table.insert("a", "two").has_value());
  EXPECT_EQ(table.lookup("a"), Value("two"));
  EXPECT_EQ(table.size(), 1U);
  EXPECT_FALSE(table.lookup("b").has_value());
}

TEST(Table, InsertNewKeepsTheOldRow) {
  Table<Value, Value> table;
  EXPECT_TRUE(table.insert_new("a", 1).value());
  EXPECT_FALSE(table.insert_new("a", 2).value());
  EXPECT_EQ(table.lookup("a"), Value(1));
}

TEST(Table, KeysAreEqualExactly) {
  Table<Value, Value> table;
  EXPECT_TRUE(table.insert(1, "integer").has_value());
  EXPECT_TRUE(table.insert(1.0, "float").has_value());
  EXPECT_EQ(table.lookup(1), Value("integer"));
  EXPECT_EQ(table.lookup(1.0), Value("float"));
}

TEST(Table, EraseAndTakeSayWhatWasThere) {
  Table<Value, Value> table;
  EXPECT_TRUE(table.insert("a", 1).has_value());
  EXPECT_TRUE(table.member("a"));
  EXPECT_TRUE(table.erase("a"));
  EXPECT_FALSE(table.erase("a"));
  EXPECT_TRUE(table.insert("b", 2).has_value());
  EXPECT_EQ(table.take("b"), Value(2));
  EXPECT_FALSE(table.take("b").has_value());
  EXPECT_EQ(table.size(), 0U);
}

TEST(Table, UpdateCounterNamesItsErrors) {
  Table<Value, Value> table;
  EXPECT_EQ(table.update_counter("hits", 1).error().code(), ErrorCode::not_found);
  EXPECT_EQ(table.update_counter("hits", 5, 10).value(), 15);
  EXPECT_EQ(table.update_counter("hits", -20, 10).value(), -5);
  EXPECT_TRUE(table.insert("text", "x").has_value());
  EXPECT_EQ(table.update_counter("text", 1).error().code(), ErrorCode::invalid_argument);
  EXPECT_TRUE(table.insert("big", std::numeric_limits<std::int64_t>::max()).has_value());
  EXPECT_EQ(table.update_counter("big", 1).error().code(), ErrorCode::invalid_argument);
  EXPECT_EQ(table.lookup("big"), Value(std::numeric_limits<std::int64_t>::max()));
}

TEST(Table, ShowsItsRowsInTheOrderOfTerms) {
  Table<Value, Value> table;
  for (const Value& key : {Value("b"), Value(2), Value("a"), Value(nullptr), Value(1.5)}) {
    EXPECT_TRUE(table.insert(key, "x").has_value());
  }
  const std::vector<Value> expected{1.5, 2, nullptr, "a", "b"};
  std::vector<Value> visited;
  table.for_each([&](const Value& key, const Value&) {
    visited.push_back(key);
    table.erase(key);
  });
  EXPECT_EQ(visited, expected);
  EXPECT_EQ(table.size(), 0U);
}

TEST(Table, ClearRemovesAllRows) {
  Table<Value, Value> table;
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(table.insert(i, i).has_value());
  table.clear();
  EXPECT_EQ(table.size(), 0U);
  EXPECT_TRUE(table.rows().empty());
}

TEST(Table, RefusesNewRowsWhenItIsFull) {
  Table<Value, Value> table({.name = "small", .rows_max = 2});
  EXPECT_TRUE(table.insert(1, 1).has_value());
  EXPECT_TRUE(table.insert(2, 2).has_value());
  EXPECT_EQ(table.insert(3, 3).error().code(), ErrorCode::overloaded);
  EXPECT_EQ(table.insert_new(3, 3).error().code(), ErrorCode::overloaded);
  EXPECT_EQ(table.update_counter(3, 1, 0).error().code(), ErrorCode::overloaded);
  EXPECT_TRUE(table.insert(2, "new").has_value());
  EXPECT_TRUE(table.erase(1));
  EXPECT_TRUE(table.insert(3, 3).has_value());
}

TEST(Table, InsertsAListAsAWholeOrNotAtAll) {
  Table<int, std::string> table({.name = "small", .rows_max = 3});
  EXPECT_TRUE(table.insert_all({{1, "a"}, {2, "b"}, {1, "c"}}));
  EXPECT_EQ(table.lookup(1), "c");
  EXPECT_EQ(table.insert_all({{2, "x"}, {3, "y"}, {4, "z"}}).error().code(), ErrorCode::overloaded);
  EXPECT_EQ(table.lookup(2), "b");
  EXPECT_EQ(table.size(), 2U);
}

TEST(Table, TextsAreLookedUpWithoutACopy) {
  Table<std::string, int> table;
  EXPECT_TRUE(table.insert("session:1", 1));
  const std::string_view key = "session:1";
  EXPECT_EQ(table.lookup(key), 1);
  EXPECT_TRUE(table.visit(key, [](int value) { EXPECT_EQ(value, 1); }));
  EXPECT_TRUE(table.update(key, [](int& value) { value = 2; }));
  EXPECT_EQ(table.take(key), 2);
  EXPECT_FALSE(table.member(key));
}

TEST(Table, CompareAndSwapWritesOnlyOverWhatWasExpected) {
  Table<int, int> table;
  EXPECT_FALSE(table.compare_and_swap(1, 0, 1));
  EXPECT_TRUE(table.insert(1, 5));
  EXPECT_FALSE(table.compare_and_swap(1, 4, 6));
  EXPECT_TRUE(table.compare_and_swap(1, 5, 6));
  EXPECT_EQ(table.lookup(1), 6);
}

TEST(Table, GivesItsMemoryBackWhenItIsCleared) {
  Table<std::int64_t, std::int64_t> table;
  const std::size_t empty = table.bytes();
  for (int i = 0; i < 100'000; ++i) EXPECT_TRUE(table.insert(i, i));
  EXPECT_LT(table.bytes(), empty + 100'000 * 48);
  table.clear();
  EXPECT_EQ(table.bytes(), empty);
}

TEST(Table, CountsEachConcurrentIncrementOnce) {  // T-016
  Table<Value, Value> table;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < 1000; ++i) {
          EXPECT_TRUE(table.update_counter("all", 1, 0).has_value());
          EXPECT_TRUE(table.insert(t * 1000 + i, i).has_value());
        }
      });
    }
  }
  EXPECT_EQ(table.lookup("all"), Value(4000));
  EXPECT_EQ(table.size(), 4001U);
}

TEST(Table, ACounterNeverLeavesTheRangeOfItsType) {
  Table<std::string, std::int8_t> table;
  EXPECT_TRUE(table.insert("a", 127));
  EXPECT_EQ(table.update_counter("a", 1).error().code(), ErrorCode::invalid_argument);
  EXPECT_EQ(table.lookup("a"), 127);
  EXPECT_EQ(table.update_counter("b", 1, 127).error().code(), ErrorCode::invalid_argument);
  EXPECT_EQ(table.update_counter("a", -255).value(), -128);
}

}  // namespace
}  // namespace kith
