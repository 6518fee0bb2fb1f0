// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "actor/process.hpp"
#include "core/value_json.hpp"
#include "table/ordered_table.hpp"
#include "table/table.hpp"
#include "table/value_table.hpp"

namespace kith {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// Formats a change, such as "written 1 [1,"a"]".
std::vector<std::string> told(TableWatch<ValueTableChange>& watch) {
  std::vector<std::string> lines;
  for (const ValueTableChange& change : watch.take().changes) {
    constexpr const char* events[] = {"written", "erased", "cleared", "ended"};
    std::string line = events[static_cast<int>(change.event)];
    if (!change.row.empty()) line += " " + to_json(change.key) + " " + to_json(Value(change.row));
    lines.push_back(line);
  }
  return lines;
}

MatchSpec compiled(const char* json) {
  return MatchSpec::compile(from_json(json).value()).value();
}

TEST(TableWatch, AWatchOfATableIsToldOfEachWayToChangeARow) {
  ValueTable table;
  auto watch = table.watch();
  EXPECT_TRUE(table.insert({1, 10}));
  EXPECT_TRUE(table.insert_all({{2, 20}, {1, 11}}));
  EXPECT_TRUE(table.insert_new({{3, 30}}));
  EXPECT_TRUE(table.update_counter(3, {{.position = 2, .increment = 5}}));
  EXPECT_TRUE(table.update_counter(4, {{.position = 2, .increment = 1}}, ValueTable::Row{0, 0}));
  EXPECT_TRUE(table.update_element(4, {{.position = 2, .value = "x"}}));
  EXPECT_TRUE(*table.compare_and_swap({4, "x"}, {4, "y"}));
  EXPECT_EQ(table.erase(4), 1U);
  EXPECT_EQ(table.erase_row({3, 35}), 1U);
  EXPECT_EQ(table.take(2).size(), 1U);
  EXPECT_THAT(told(watch), ElementsAre("written 1 [1,10]", "written 2 [2,20]", "written 1 [1,11]",
                                       "written 3 [3,30]", "written 3 [3,35]", "written 4 [4,1]",
                                       "written 4 [4,\"x\"]", "written 4 [4,\"y\"]",
                                       "erased 4 [4,\"y\"]", "erased 3 [3,35]", "erased 2 [2,20]"));
  EXPECT_TRUE(table.select_replace(compiled(R"([{"match": [{"var":1}, {"any":true}], "where": [],
                    "return": ["row", {"var":1}, 99]}])")));
  EXPECT_EQ(table.select_erase(
                compiled(R"([{"match": [{"any":true}, 99], "where": [], "return": true}])")),
            1U);
  table.clear();
  EXPECT_THAT(told(watch), ElementsAre("written 1 [1,99]", "erased 1 [1,99]", "cleared"));
}

TEST(TableWatch, WhatDoesNotChangeARowIsNoChange) {
  for (const TableType type : {TableType::set, TableType::ordered_set, TableType::bag}) {
    ValueTable table({.type = type});
    EXPECT_TRUE(table.insert({1, 10}));
    auto watch = table.watch();
    EXPECT_FALSE(*table.insert_new({{1, 11}}));
    EXPECT_EQ(table.erase(2), 0U);
    EXPECT_EQ(table.erase_row({1, 99}), 0U);
    if (type == TableType::bag) {
      EXPECT_TRUE(table.insert({1, 10}));
    } else {
      EXPECT_FALSE(*table.compare_and_swap({1, 99}, {1, 98}));
      EXPECT_FALSE(table.update_counter(1, {{.position = 1}}));
    }
    EXPECT_THAT(told(watch), IsEmpty());
  }
}

TEST(TableWatch, AWatchOfAKeyOrAPrefixIsToldOfNoOtherKey) {
  ValueTable table;
  auto key = table.watch_key("user:1");
  auto prefix = table.watch_prefix("user:");
  for (const char* const each : {"user:1", "user:2", "order:1"}) {
    EXPECT_TRUE(table.insert({each, 0}));
  }
  EXPECT_TRUE(table.insert({7, 0}));
  EXPECT_THAT(told(key), ElementsAre(R"(written "user:1" ["user:1",0])"));
  EXPECT_THAT(told(prefix),
              ElementsAre(R"(written "user:1" ["user:1",0])", R"(written "user:2" ["user:2",0])"));
}

TEST(TableWatch, AnOrderedSetTakesOneAndOnePointZeroForTheSameKey) {
  ValueTable ordered({.type = TableType::ordered_set});
  ValueTable hashed;
  auto in_order = ordered.watch_key(1);
  auto in_none = hashed.watch_key(1);
  EXPECT_TRUE(ordered.insert({1.0, "a"}));
  EXPECT_TRUE(hashed.insert({1.0, "a"}));
  EXPECT_EQ(told(in_order).size(), 1U);
  EXPECT_THAT(told(in_none), IsEmpty());
}

TEST(TableWatch, AWaitHasTheLengthThatItIsGivenAlsoAtTheEdges) {
  ManualClock clock;
  System system{{.workers = 0, .clock = &clock}};
  ValueTable table;
  std::vector<ErrorCode> over;
  std::size_t taken = 0;
  spawn(system, [&] {
    auto watch = table.watch();
    for (const Duration wait : {Duration::min(), Duration(-1), Duration::zero(), Duration(1)}) {
      over.push_back(watch.next(wait).error().code());
    }
    for (const Duration wait : {Duration::max() - Duration(1), Duration::max(), infinite}) {
      taken += watch.next(wait).value().changes.size();
    }
  });
  system.run_until_idle();
  EXPECT_EQ(over.size(), 3U);
  clock.advance(std::chrono::milliseconds(1));
  system.run_until_idle();
  EXPECT_EQ(over, std::vector<ErrorCode>(4, ErrorCode::timeout));
  for (std::size_t i = 1; i <= 3; ++i) {
    clock.advance(std::chrono::hours(1000));
    system.run_until_idle();
    EXPECT_EQ(taken, i - 1);
    EXPECT_TRUE(table.insert({i, "row"}));
    system.run_until_idle();
    EXPECT_EQ(taken, i);
  }
}

TEST(TableWatch, AWatchThatKeepsNoChangesCountsThem) {
  ValueTable table;
  auto watch = table.watch({.changes_max = 0});
  EXPECT_TRUE(table.insert({1, "row"}));
  const auto taken = watch.take();
  EXPECT_TRUE(taken.changes.empty());
  EXPECT_EQ(taken.missed, 1U);
}

TEST(TableWatch, ABagTellsEachRow) {
  ValueTable table({.type = TableType::duplicate_bag});
  auto watch = table.watch_key(1);
  EXPECT_TRUE(table.insert_all({{1, "a"}, {1, "a"}, {1, "b"}}));
  EXPECT_EQ(table.erase_row({1, "a"}), 2U);
  EXPECT_EQ(table.erase(1), 1U);
  EXPECT_THAT(told(watch),
              ElementsAre(R"(written 1 [1,"a"])", R"(written 1 [1,"a"])", R"(written 1 [1,"b"])",
                          R"(erased 1 [1,"a"])", R"(erased 1 [1,"a"])", R"(erased 1 [1,"b"])"));
}

TEST(TableWatch, ATypedTableTellsEachWayToChangeARow) {
  Table<std::string, std::int64_t> table;
  auto all = table.watch();
  auto one = table.watch_key("b");
  auto users = table.watch_prefix("user:");
  EXPECT_TRUE(table.insert("a", 1));
  EXPECT_TRUE(table.insert("a", 2));
  EXPECT_TRUE(*table.insert_new("b", 3));
  EXPECT_FALSE(*table.insert_new("b", 4));
  EXPECT_TRUE(table.insert_all({{"b", 5}, {"user:1", 6}}));
  EXPECT_TRUE(table.update("b", [](std::int64_t& value) { value = 7; }));
  EXPECT_FALSE(table.compare_and_swap("b", 1, 2));
  EXPECT_TRUE(table.compare_and_swap("b", 7, 8));
  EXPECT_TRUE(table.update_counter("b", 1));
  EXPECT_TRUE(table.update_counter("c", 1, 0));
  EXPECT_TRUE(table.erase("b"));
  table.clear();
  const auto line = [](const TableChange<std::string, std::int64_t>& change) {
    if (change.event == RowEvent::cleared) return std::string("cleared");
    return (change.event == RowEvent::erased ? "-" : "") + change.row->first + "=" +
           std::to_string(change.row->second);
  };
  const auto lines = [&](auto& watch) {
    std::vector<std::string> texts;
    for (const auto& change : watch.take().changes) texts.push_back(line(change));
    return texts;
  };
  EXPECT_THAT(lines(all), ElementsAre("a=1", "a=2", "b=3", "b=5", "user:1=6", "b=7", "b=8", "b=9",
                                      "c=1", "-b=9", "cleared"));
  EXPECT_THAT(lines(one), ElementsAre("b=3", "b=5", "b=7", "b=8", "b=9", "-b=9", "cleared"));
  EXPECT_THAT(lines(users), ElementsAre("user:1=6", "cleared"));
}

TEST(TableWatch, AnOrderedTableTellsEachWayToChangeARow) {
  OrderedTable<std::string, std::int64_t> table;
  auto all = table.watch();
  auto users = table.watch_prefix("user:");
  EXPECT_TRUE(table.insert("a", 1));
  EXPECT_TRUE(table.insert("a", 2));
  EXPECT_TRUE(*table.insert_new("user:1", 3));
  EXPECT_FALSE(table.compare_and_swap("a", 1, 9));
  EXPECT_TRUE(table.compare_and_swap("a", 2, 4));
  EXPECT_TRUE(table.update_counter("a", 1));
  EXPECT_TRUE(table.erase("a"));
  table.clear();
  std::vector<std::string> lines;
  for (const auto& change : all.take().changes) {
    lines.push_back(change.row ? (change.event == RowEvent::erased ? "-" : "") + change.row->first +
                                     "=" + std::to_string(change.row->second)
                               : "cleared");
  }
  EXPECT_THAT(lines, ElementsAre("a=1", "a=2", "user:1=3", "a=4", "a=5", "-a=5", "cleared"));
  EXPECT_EQ(users.take().changes.size(), 2U);
}

TEST(TableWatch, RowsThatCannotBeCopiedHaveATableToo) {
  Table<int, std::unique_ptr<int>> table;
  EXPECT_TRUE(table.insert(1, std::make_unique<int>(7)));
  EXPECT_EQ(*table.take(1).value(), 7);
}

TEST(TableWatch, ChangesThatDoNotFitAreCounted) {
  ValueTable table;
  auto watch = table.watch({.changes_max = 2});
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(table.insert({i, 0}));
  const auto first = watch.take();
  EXPECT_EQ(first.changes.size(), 2U);
  EXPECT_EQ(first.missed, 3U);
  EXPECT_TRUE(table.insert({9, 0}));
  EXPECT_EQ(watch.take().changes.size(), 1U);
  EXPECT_EQ(watch.take().missed, 0U);
}

TEST(TableWatch, AnEndedWatchCostsNothingAndAnEndedTableSaysSo) {
  auto table = std::make_unique<ValueTable>();
  {
    auto ended = table->watch_key(1);
  }
  auto watch = table->watch_key(1);
  EXPECT_TRUE(table->insert({1, 0}));
  table.reset();
  EXPECT_THAT(told(watch), ElementsAre("written 1 [1,0]", "ended"));
}

TEST(TableWatch, AProcessIsSentOneMessageUntilItTakes) {
  ManualClock clock;
  System system{{.workers = 0, .clock = &clock}};
  ValueTable table;
  std::vector<std::size_t> taken;
  const Pid pid = spawn(system, [&] {
    auto watch = table.watch();
    for (;;) {
      EXPECT_EQ(receive<TableChanged>().value().watch, watch.id());
      taken.push_back(watch.take().changes.size());
    }
  });
  system.run_until_idle();
  EXPECT_TRUE(table.insert_all({{1, 0}, {2, 0}, {3, 0}}));
  system.run_until_idle();
  EXPECT_TRUE(table.insert({4, 0}));
  system.run_until_idle();
  EXPECT_THAT(taken, ElementsAre(3, 1));
  exit(system, pid, "kill");
  system.run_until_idle();
}

TEST(TableWatch, NextGivesWhatCameBeforeAndWaitsForWhatComes) {
  ManualClock clock;
  System system{{.workers = 0, .clock = &clock}};
  ValueTable table;
  std::vector<std::size_t> taken;
  const Pid pid = spawn(system, [&] {
    auto watch = table.watch();
    EXPECT_TRUE(table.insert({0, 0}));
    for (;;) taken.push_back(watch.next().value().changes.size());
  });
  system.run_until_idle();
  EXPECT_TRUE(table.insert_all({{1, 0}, {2, 0}, {3, 0}}));
  system.run_until_idle();
  EXPECT_THAT(taken, ElementsAre(1, 3));
  exit(system, pid, "kill");
  system.run_until_idle();
}

TEST(TableWatch, WaitingForAChangeTimesOut) {
  ManualClock clock;
  System system{{.workers = 0, .clock = &clock}};
  ValueTable table;
  ErrorCode code{};
  spawn(system, [&] {
    auto watch = table.watch();
    code = watch.next(std::chrono::seconds(1)).error().code();
  });
  system.run_until_idle();
  system.advance(std::chrono::seconds(1));
  EXPECT_EQ(code, ErrorCode::timeout);
}

// --- snapshots --------------------------------------------------------------------

TEST(TableSnapshot, ShowsTheRowsOfItsInstantWhateverIsWrittenLater) {
  for (const TableType type : {TableType::set, TableType::ordered_set, TableType::bag}) {
    ValueTable table({.type = type});
    for (int i = 0; i < 1000; ++i) EXPECT_TRUE(table.insert({i, 0}));
    const auto snapshot = table.snapshot();
    const auto second = table.snapshot();
    const auto before = table.rows();
    for (int i = 0; i < 1000; i += 2) table.erase(i);
    for (int i = 1000; i < 1100; ++i) EXPECT_TRUE(table.insert({i, 1}));
    if (type != TableType::bag) {
      EXPECT_TRUE(table.update_counter(1, {{.position = 2}}));
    }
    EXPECT_EQ(snapshot.rows(), before);
    table.clear();
    EXPECT_EQ(second.rows(), before);
    EXPECT_EQ(second.size(), 1000U);
  }
}

TEST(TableSnapshot, OfATypedTableStaysAsItWas) {
  Table<int, int> table;
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(table.insert(i, 0));
  const auto snapshot = table.snapshot();
  const auto untouched = table.snapshot();
  for (int i = 0; i < 1000; ++i) {
    if (i % 3 == 0) table.erase(i);
    if (i % 3 == 1) table.update(i, [](int& value) { value = 1; });
    EXPECT_TRUE(table.insert(i + 1000, 1));
  }
  table.clear();
  std::map<int, int> seen;
  snapshot.for_each([&](const auto& row) { seen.insert(row); });
  EXPECT_EQ(seen.size(), 1000U);
  for (const auto& [key, value] : seen) EXPECT_TRUE(key < 1000 && value == 0);
  EXPECT_EQ(untouched.size(), 1000U);
}

TEST(TableSnapshot, IsOneInstantForAllKeysWhileOthersWrite) {
  // Each step of the writer keeps the sum of all rows at zero.
  ValueTable table;
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(table.insert({i, 0}));
  std::atomic<bool> stop{false};
  std::thread writer([&] {
    for (int i = 0; !stop; ++i) {
      const int n = i % 50;
      ASSERT_TRUE(table.insert_all({{2 * n, i}, {2 * n + 1, -i}}));
    }
  });
  for (int i = 0; i < 200; ++i) {
    std::int64_t sum = 0;
    table.snapshot().for_each([&](const TableRow& row) { sum += *row[1].get_if<std::int64_t>(); });
    ASSERT_EQ(sum, 0);
  }
  stop = true;
  writer.join();
}

TEST(TableWatch, ChangesOfAKeyComeInTheOrderOfWritingFromManyThreads) {
  ValueTable table;
  auto watch = table.watch({.changes_max = 1'000'000});
  std::vector<std::thread> writers;
  for (int writer = 0; writer < 4; ++writer) {
    writers.emplace_back([&] {
      for (int i = 0; i < 2000; ++i) {
        ASSERT_TRUE(table.update_counter(i % 7, {{.position = 2}}, ValueTable::Row{0, 0}));
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  std::map<Value, std::int64_t> last;
  std::size_t changes = 0;
  for (const ValueTableChange& change : watch.take().changes) {
    ++changes;
    EXPECT_EQ(*change.row[1].get_if<std::int64_t>(), ++last[change.key]);
  }
  EXPECT_EQ(changes, 8000U);
}

TEST(TableWatch, TheEndOfATableIsToldBehindAllThatWasMissed) {
  auto table = std::make_unique<ValueTable>();
  auto watch = table->watch({.changes_max = 2});
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(table->insert({i}));
  table.reset();
  const auto first = watch.take();
  EXPECT_EQ(first.changes.size(), 2U);
  EXPECT_EQ(first.missed, 3U);
  const auto last = watch.take();
  ASSERT_EQ(last.changes.size(), 1U);
  EXPECT_EQ(last.changes.front().event, RowEvent::ended);
}

TEST(TableWatch, SnapshotsThatAreGoneAreForgotten) {
  table::PartImages<int> images;
  const auto kept = images.add();
  for (int i = 0; i < 1000; ++i) static_cast<void>(images.add());
  EXPECT_LE(images.size(), 2U);
}

}  // namespace
}  // namespace kith
