// SPDX-License-Identifier: Apache-2.0

// Exceptions of callbacks propagate out of the table, which then holds no lock and is unchanged.

#include <memory>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

#include "table/cache_table.hpp"
#include "table/ordered_table.hpp"
#include "table/table.hpp"

namespace kith {
namespace {

using namespace std::chrono_literals;

struct Broken : std::runtime_error {
  Broken() : std::runtime_error("broken") {}
};

TEST(TableExceptions, AnUpdateThatThrowsLeavesTheRowAsItWas) {
  Table<std::string, std::string> table;
  EXPECT_TRUE(table.insert("a", "old"));
  auto watch = table.watch();
  const auto half = [](std::string& value) {
    value += " and half of what is new";
    throw Broken();
  };
  EXPECT_THROW(table.update("a", half), Broken);
  EXPECT_EQ(table.lookup("a"), "old");
  EXPECT_TRUE(watch.take().changes.empty());
  EXPECT_TRUE(table.update("a", [](std::string& value) { value = "new"; }));
  EXPECT_EQ(table.lookup("a"), "new");
  EXPECT_EQ(table.snapshot().size(), 1U);  // takes all locks
}

TEST(TableExceptions, AnUpdateThatCannotThrowChangesTheRowInItsPlace) {
  Table<int, std::string> table;
  EXPECT_TRUE(table.insert(1, std::string(100, 'x')));
  const char* place = nullptr;
  EXPECT_TRUE(table.update(1, [&](std::string& value) noexcept { place = value.data(); }));
  EXPECT_TRUE(table.visit(1, [&](const std::string& value) { EXPECT_EQ(value.data(), place); }));
}

TEST(TableExceptions, ARowThatCannotBeCopiedIsUpdatedInItsPlace) {
  Table<int, std::unique_ptr<int>> table;
  EXPECT_TRUE(table.insert(1, std::make_unique<int>(1)));
  EXPECT_TRUE(table.update(1, [](std::unique_ptr<int>& value) { *value = 2; }));
  EXPECT_TRUE(table.visit(1, [](const std::unique_ptr<int>& value) { EXPECT_EQ(*value, 2); }));
}

TEST(TableExceptions, AVisitThatThrowsHoldsNoLock) {
  Table<int, int> table;
  EXPECT_TRUE(table.insert(1, 1));
  EXPECT_THROW(table.visit(1, [](int) { throw Broken(); }), Broken);
  EXPECT_TRUE(table.insert(1, 2));
  EXPECT_THROW(table.for_each([](int, int) { throw Broken(); }), Broken);
  EXPECT_TRUE(table.insert(1, 3));
}

/// A value that throws on demand when it is compared or copied.
struct Touchy {
  int number = 0;
  static inline bool throws_when_compared = false;
  static inline bool throws_when_moved = false;

  Touchy(int n) : number(n) {}  // NOLINT(google-explicit-constructor)
  Touchy(const Touchy& other) : number(other.number) {
    if (throws_when_moved) throw Broken();
  }
  Touchy& operator=(const Touchy&) = default;
  friend bool operator==(const Touchy& a, const Touchy& b) {
    if (throws_when_compared) throw Broken();
    return a.number == b.number;
  }
  friend std::strong_ordering operator<=>(const Touchy& a, const Touchy& b) {
    if (throws_when_compared) throw Broken();
    return a.number <=> b.number;
  }
};

class TouchyTables : public ::testing::Test {
 protected:
  void TearDown() override { Touchy::throws_when_compared = Touchy::throws_when_moved = false; }
};

TEST_F(TouchyTables, AComparisonThatThrowsWritesNothing) {
  Table<int, Touchy> table;
  EXPECT_TRUE(table.insert(1, 5));
  Touchy::throws_when_compared = true;
  EXPECT_THROW(table.compare_and_swap(1, 5, 6), Broken);
  Touchy::throws_when_compared = false;
  EXPECT_EQ(table.lookup(1), Touchy(5));
  EXPECT_TRUE(table.compare_and_swap(1, 5, 6));
}

TEST_F(TouchyTables, ARowThatCouldNotBeWrittenTakesNoRoom) {
  Table<int, Touchy> table({.name = "small", .rows_max = 1});
  OrderedTable<int, Touchy> ordered({.name = "small", .rows_max = 1});
  const Touchy value = 1;
  Touchy::throws_when_moved = true;
  EXPECT_THROW(static_cast<void>(table.insert(1, value)), Broken);
  EXPECT_THROW(static_cast<void>(ordered.insert(1, value)), Broken);
  Touchy::throws_when_moved = false;
  EXPECT_EQ(table.size(), 0U);
  EXPECT_TRUE(table.insert(1, value));
  EXPECT_TRUE(ordered.insert(1, value));
  EXPECT_EQ(table.lookup(1), value);
}

TEST_F(TouchyTables, KeysThatCannotBeComparedChangeNothingAndHoldNoLock) {
  OrderedTable<Touchy, int> table;
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(table.insert(i * 2, i));
  Touchy::throws_when_compared = true;
  EXPECT_THROW(static_cast<void>(table.insert(501, 1)), Broken);
  EXPECT_THROW(static_cast<void>(table.lookup(500)), Broken);
  EXPECT_THROW(table.erase(500), Broken);
  EXPECT_THROW(static_cast<void>(table.next(500)), Broken);
  EXPECT_THROW(static_cast<void>(table.previous(500)), Broken);
  Touchy::throws_when_compared = false;
  EXPECT_EQ(table.size(), 1000U);
  EXPECT_EQ(table.rows().size(), 1000U);  // waits for all locks
  table.clear();
  EXPECT_EQ(table.size(), 0U);
}

TEST_F(TouchyTables, RangesWhoseKeysCannotBeComparedAreLetGo) {
  using Row = std::pair<Touchy, int>;
  table::RangeParts<Row, Touchy, table::FirstOfPair, table::ThreeWay> parts;
  for (int i = 0; i < 100; ++i) {
    parts.write(i, [&](auto& rows) { rows.insert({i, i}); });
  }
  parts.split(50);  // adds a boundary key to compare with
  Touchy::throws_when_compared = true;
  EXPECT_THROW(parts.write(50, [](auto&) {}), Broken);
  EXPECT_THROW(parts.read(50, [](const auto&) {}), Broken);
  Touchy::throws_when_compared = false;
  parts.join();  // waits for all concurrent visitors
  EXPECT_EQ(parts.parts(), 1U);
}

TEST(CacheTableExceptions, AUseThatThrowsLeavesTheValueAsItWas) {
  ManualClock clock;
  CacheTable<int, std::string> table(clock);
  table.put(1, "old");
  const auto half = [](std::string& value) {
    value = "half";
    throw Broken();
  };
  EXPECT_THROW(table.use(1, half), Broken);
  EXPECT_EQ(table.get(1), "old");
}

TEST(CacheTableExceptions, AListenerThatThrowsIsToldOfEachRowOnce) {
  ManualClock clock;
  std::vector<int> told;
  const auto listener = [&](int key, int, Forgotten) {
    told.push_back(key);
    if (told.size() == 1) throw Broken();
  };
  CacheTable<int, int> table(clock, {.life = {.time_to_live = 1s}, .rows_max = 1024}, listener);
  for (int i = 0; i < 10; ++i) table.put(i, i);
  clock.advance(1h);
  EXPECT_THROW(table.reclaim(), Broken);
  EXPECT_EQ(told.size(), 10U);
  EXPECT_EQ(table.reclaim(), 0U);
  EXPECT_EQ(table.size(), 0U);
}

}  // namespace
}  // namespace kith
