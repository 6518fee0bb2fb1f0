// SPDX-License-Identifier: Apache-2.0
#include "table/value_table.hpp"

#include <algorithm>
#include <atomic>
#include <limits>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "core/value_json.hpp"

namespace kith {
namespace {

using Rows = ValueTable::Rows;

Value json(const char* text) {
  return from_json(text).value();
}
MatchSpec spec(const char* text) {
  return MatchSpec::compile(json(text)).value();
}

TEST(ValueTable, AnOrderedSetTakesAnIntegerAndAFloatOfOneValueForOneKey) {
  ValueTable table({.type = TableType::ordered_set});
  EXPECT_TRUE(table.insert({1, "a"}));
  EXPECT_TRUE(table.insert({1.0, "b"}));
  EXPECT_EQ(table.lookup(1), (Rows{{1.0, "b"}}));
  ValueTable other({.type = TableType::set});
  EXPECT_TRUE(other.insert_all({{1, "a"}, {1.0, "b"}}));
  EXPECT_EQ(other.size(), 2U);
}

TEST(ValueTable, ABagKeepsTheRowsOfAKeyInTheOrderOfTheirInsertionAndNoneTwice) {
  ValueTable table({.type = TableType::bag});
  EXPECT_TRUE(table.insert_all({{1, "b"}, {1, "a"}, {1, "b"}}));
  EXPECT_EQ(table.lookup(1), (Rows{{1, "b"}, {1, "a"}}));
  ValueTable duplicates({.type = TableType::duplicate_bag});
  EXPECT_TRUE(duplicates.insert_all({{1, "b"}, {1, "a"}, {1, "b"}}));
  EXPECT_EQ(duplicates.erase_row({1, "b"}), 2U);
  EXPECT_EQ(duplicates.lookup(1), (Rows{{1, "a"}}));
}

TEST(ValueTable, AListWithOneBadRowIsNotInsertedAtAll) {
  ValueTable table({.key_position = 2});
  EXPECT_EQ(table.insert_all({{"a", 1}, {"b"}}).error().code(), ErrorCode::invalid_argument);
  EXPECT_EQ(table.size(), 0U);
}

TEST(ValueTable, AFullTableTakesRowsOverOldOnesOnly) {
  ValueTable table({.rows_max = 2});
  EXPECT_TRUE(table.insert_all({{1, "a"}, {2, "b"}}));
  EXPECT_EQ(table.insert({3, "c"}).error().code(), ErrorCode::overloaded);
  EXPECT_TRUE(table.insert({2, "c"}));
  EXPECT_EQ(table.size(), 2U);
  EXPECT_EQ(table.lookup(2), (Rows{{2, "c"}}));
}

TEST(ValueTable, ToReleaseATableThatIsNotFixedChangesNothing) {
  for (const TableType type : {TableType::set, TableType::ordered_set}) {
    ValueTable table({.type = type});
    table.release();
    EXPECT_FALSE(table.is_fixed());
    table.fix();
    EXPECT_TRUE(table.is_fixed());
    table.release();
    EXPECT_FALSE(table.is_fixed());
  }
}

TEST(ValueTable, CountersThatFailHalfwayChangeNothing) {
  ValueTable table;
  EXPECT_TRUE(table.insert({"a", 1, 2, "text"}));
  EXPECT_EQ(table.update_counter("a", {{2, 10}, {4, 1}}).error().code(),
            ErrorCode::invalid_argument);
  EXPECT_EQ(table.lookup("a"), (Rows{{"a", 1, 2, "text"}}));
  EXPECT_EQ(table.update_counter("a", {{2, 10}, {2, 5, CounterUpdate::Bound{12, 0}}}).value(),
            (std::vector<std::int64_t>{11, 0}));
  EXPECT_EQ(table.update_counter("b", {{2, 1}}).error().code(), ErrorCode::not_found);
  EXPECT_EQ(table.update_counter("b", {{2, 1}}, ValueTable::Row{"x", 5}).value().front(), 6);
  EXPECT_EQ(table.lookup("b"), (Rows{{"b", 6}}));
}

TEST(ValueTable, CompareAndSwapWritesOnlyOverTheRowThatWasExpected) {
  ValueTable table;
  EXPECT_TRUE(table.insert({"a", 1}));
  EXPECT_FALSE(table.compare_and_swap({"a", 2}, {"a", 3}).value());
  EXPECT_TRUE(table.compare_and_swap({"a", 1}, {"a", 3}).value());
  EXPECT_EQ(table.lookup("a"), (Rows{{"a", 3}}));
  EXPECT_EQ(table.compare_and_swap({"a", 3}, {"b", 3}).error().code(), ErrorCode::invalid_argument);
}

TEST(ValueTable, AWalkThroughAFixedTableMeetsEachRowThatStaysOnce) {
  ValueTable table;
  for (int i = 0; i < 500; ++i) EXPECT_TRUE(table.insert({i, "x"}));
  table.fix();
  std::vector<Value> met;
  for (auto key = table.first(); key; key = table.next(*key).value()) {
    met.push_back(*key);
    table.erase(*key);  // the current row, and one that the traversal may or may not have visited
    if (const auto* number = key->get_if<std::int64_t>(); *number % 2 == 0) {
      EXPECT_TRUE(table.insert({-1 - *number, "new"}));
    }
  }
  table.release();
  std::ranges::sort(met);
  for (int i = 0; i < 500; ++i) EXPECT_TRUE(std::ranges::binary_search(met, Value(i)));
  EXPECT_EQ(std::ranges::adjacent_find(met), met.end());
  EXPECT_EQ(table.next(0).error().code(), ErrorCode::not_found);
}

TEST(ValueTable, SelectsInPartsWhileRowsComeAndGo) {
  ValueTable table({.type = TableType::ordered_set});
  for (int i = 1; i <= 6; ++i) EXPECT_TRUE(table.insert({i}));
  TableCursor cursor(MatchSpec::rows_like(json(R"([{"any":true}])")).value());
  EXPECT_EQ(table.select(cursor, 2), *json("[[1],[2]]").get_if<ValueArray>());
  table.erase(3);
  EXPECT_TRUE(table.insert({2.5}));
  EXPECT_TRUE(table.insert({0}));
  EXPECT_EQ(Value(table.select(cursor, 3)), json("[[2.5],[4],[5]]"));
  EXPECT_EQ(Value(table.select(cursor, 3)), json("[[6]]"));
  EXPECT_TRUE(cursor.ended());
  TableCursor backwards(MatchSpec::rows_like(json(R"([{"any":true}])")).value(), true);
  EXPECT_EQ(Value(table.select(backwards, 2)), json("[[6],[5]]"));
}

TEST(ValueTable, SelectsTheRowsOfAKeyTogetherAlsoInParts) {
  ValueTable table({.type = TableType::duplicate_bag});
  EXPECT_TRUE(table.insert_all({{1, "a"}, {1, "b"}, {1, "c"}}));
  TableCursor cursor(MatchSpec::rows_like(json(R"([1,{"any":true}])")).value());
  EXPECT_EQ(Value(table.select(cursor, 2)), json(R"([[1,"a"],[1,"b"]])"));
  table.erase(1);
  EXPECT_EQ(Value(table.select(cursor, 2)), json(R"([[1,"c"]])"));
  EXPECT_TRUE(table.select(cursor, 2).empty());
  EXPECT_TRUE(cursor.ended());
}

TEST(ValueTable, TheTwoZerosOfFloatsAreOneKey) {
  ValueTable table;
  EXPECT_TRUE(table.insert({0.0, "first"}));
  EXPECT_FALSE(table.insert_new({{-0.0, "second"}}).value());
  EXPECT_TRUE(table.insert({json(R"({"a":0.0})"), 1}));
  EXPECT_TRUE(table.member(json(R"({"a":-0.0})")));
}

TEST(ValueTable, ReplacesOnlyWhereTheKeyIsSeenToStay) {
  ValueTable table;
  EXPECT_TRUE(table.insert_all({{1, 10}, {2, 20}}));
  EXPECT_EQ(
      table
          .select_replace(spec(R"([{"match":[{"var":1},{"var":2}],"where":[[">",{"var":2},15]],
                                     "return":["row",{"var":1},["+",{"var":2},1]]}])"))
          .value(),
      1U);
  EXPECT_EQ(table.lookup(2), (Rows{{2, 21}}));
  EXPECT_FALSE(table.select_replace(spec(R"([{"match":[{"var":1},{"var":2}],
                                              "return":["row",["+",{"var":1},0],{"var":2}]}])")));
  EXPECT_FALSE(table.select_replace(spec(R"([{"match":{"any":true},
                                              "return":["row",["element",1,{"row":true}]]}])")));
  for (const char* same : {R"([[1,{"const":2}],{"const":[1,2]}])", R"([[1,2],["array",1,2]])",
                           R"([{"const":[1,2]},["array",1,{"const":2}]])", R"([[],["array"]])"}) {
    const Value keys = json(same);
    const auto& key = *keys.get_if<ValueArray>();
    const Value clause = Value::map({{"match", Value::array({key[0], json(R"({"any":true})")})},
                                     {"return", Value::array({"row", key[1]})}});
    EXPECT_TRUE(table.select_replace(MatchSpec::compile(Value::array({clause})).value())) << same;
  }
}

TEST(ValueTable, GivesItsMemoryBackWhenItIsCleared) {
  for (const TableType type : {TableType::set, TableType::ordered_set}) {
    ValueTable table({.type = type});
    const std::size_t empty = table.bytes();
    for (int i = 0; i < 10'000; ++i) EXPECT_TRUE(table.insert({i, i}));
    EXPECT_GT(table.bytes(), empty + 10'000 * 2 * sizeof(Value));
    table.clear();
    EXPECT_EQ(table.bytes(), empty);
  }
}

TEST(ValueTable, NobodySeesAHalfInsertedList) {
  for (const TableType type : {TableType::set, TableType::ordered_set}) {
    ValueTable table({.type = type});
    std::atomic<bool> done = false;
    std::jthread writer([&] {
      for (int i = 0; i < 300; ++i) {
        EXPECT_TRUE(table.insert_all({{"a", i}, {"b", i}, {"c", i}}));
      }
      done = true;
    });
    while (!done) {
      // A later read never returns an older value.
      const auto a = table.lookup("a");
      const auto c = table.lookup("c");
      if (!a.empty()) {
        ASSERT_FALSE(c.empty());
        EXPECT_LE(a[0][1].integer_or(0), c[0][1].integer_or(0));
      }
    }
  }
}

TEST(ValueTable, AListCountsForTheRowsThatItAdds) {
  ValueTable table({.rows_max = 2});
  EXPECT_TRUE(table.insert_all({{1, "a"}, {1, "b"}, {2, "c"}, {2, "d"}}));
  EXPECT_EQ(table.size(), 2U);
  EXPECT_EQ(table.insert_all({{1, "e"}, {3, "f"}}).error().code(), ErrorCode::overloaded);
  EXPECT_EQ(table.lookup(1), (Rows{{1, "b"}}));
}

TEST(ValueTable, ARowThatReplacesAnotherTakesNobodysRoom) {
  ValueTable table({.rows_max = 2});
  EXPECT_TRUE(table.insert({1, 0}));
  std::atomic<bool> done = false;
  std::jthread writer([&] {
    while (!done) EXPECT_TRUE(table.insert({1, 1}));
  });
  for (int i = 0; i < 20'000; ++i) {
    ASSERT_TRUE(table.insert({2, i}));
    ASSERT_EQ(table.erase(2), 1U);
  }
  done = true;
}

TEST(ValueTable, ABoundedCounterThatWouldNotFitTakesItsOtherValue) {
  constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();
  ValueTable table;
  EXPECT_TRUE(table.insert({"a", largest}));
  const CounterUpdate::Bound bound{.threshold = largest, .set = largest};
  const CounterUpdate saturating{.position = 2, .increment = 1, .bound = bound};
  EXPECT_EQ(table.update_counter("a", {saturating}).value(), std::vector<std::int64_t>{largest});
  EXPECT_EQ(table.update_counter("a", {{.position = 2, .increment = 1}}).error().code(),
            ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace kith
