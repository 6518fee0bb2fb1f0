// SPDX-License-Identifier: Apache-2.0
#include "tests/table/linearizability.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <random>
#include <thread>

#include <gtest/gtest.h>

#include "table/ordered_table.hpp"
#include "table/table.hpp"
#include "table/value_table.hpp"

namespace kith {
namespace {

using Kind = Operation::Kind;

// --- the checker ----------------------------------------------------------------------

TEST(LinearizabilityChecker, AcceptsOperationsOneAfterAnother) {
  EXPECT_TRUE(is_linearizable({}));
  EXPECT_TRUE(is_linearizable({{0, 1, Kind::insert, 5},
                               {2, 3, Kind::lookup, 0, 0, 5},
                               {4, 5, Kind::add, 2, 0, 7},
                               {6, 7, Kind::take, 0, 0, 7},
                               {8, 9, Kind::lookup}}));
}

TEST(LinearizabilityChecker, AcceptsEitherOrderOfWhatHappenedAtTheSameTime) {
  EXPECT_TRUE(is_linearizable({{0, 10, Kind::insert, 1},
                               {0, 10, Kind::insert, 2},
                               {11, 12, Kind::lookup, 0, 0, 1},
                               {13, 14, Kind::lookup, 0, 0, 1}}));
  EXPECT_TRUE(is_linearizable({{0, 10, Kind::insert, 1}, {2, 3, Kind::lookup, 0, 0, 1}}));
  EXPECT_TRUE(is_linearizable({{0, 10, Kind::insert, 1}, {2, 3, Kind::lookup}}));
}

TEST(LinearizabilityChecker, RefusesAReadOfWhatWasWrittenOver) {
  EXPECT_FALSE(is_linearizable(
      {{0, 1, Kind::insert, 1}, {2, 3, Kind::insert, 2}, {4, 5, Kind::lookup, 0, 0, 1}}));
}

TEST(LinearizabilityChecker, RefusesReadsThatGoBackInTime) {
  EXPECT_FALSE(is_linearizable({{0, 1, Kind::insert, 1},
                                {2, 20, Kind::insert, 2},
                                {3, 4, Kind::lookup, 0, 0, 2},
                                {5, 6, Kind::lookup, 0, 0, 1}}));
}

TEST(LinearizabilityChecker, RefusesALostUpdate) {
  EXPECT_FALSE(is_linearizable({{0, 10, Kind::add, 1, 0, 1}, {0, 10, Kind::add, 1, 0, 1}}));
  EXPECT_FALSE(is_linearizable({{0, 1, Kind::insert, 1},
                                {2, 10, Kind::compare_and_swap, 1, 2, 1},
                                {2, 10, Kind::compare_and_swap, 1, 3, 1}}));
}

TEST(LinearizabilityChecker, RefusesAValueTakenTwice) {
  EXPECT_FALSE(is_linearizable(
      {{0, 1, Kind::insert, 1}, {2, 10, Kind::take, 0, 0, 1}, {2, 10, Kind::take, 0, 0, 1}}));
}

// --- the tables -----------------------------------------------------------------------

/// Performs the operations of the checker on a key of each kind of table.
struct HashedKey {
  Table<std::int64_t, std::int64_t> table;

  std::optional<std::int64_t> perform(const Operation& operation) {
    switch (operation.kind) {
      case Kind::insert:
        return (table.insert(1, operation.argument).value(), std::nullopt);
      case Kind::insert_new:
        return table.insert_new(1, operation.argument).value() ? 1 : 0;
      case Kind::lookup:
        return table.lookup(1);
      case Kind::take:
        return table.take(1);
      case Kind::add:
        return table.update_counter(1, operation.argument, 0).value();
      case Kind::compare_and_swap:
        break;
    }
    return table.compare_and_swap(1, operation.argument, operation.desired) ? 1 : 0;
  }
};

struct OrderedKey {
  OrderedTable<std::int64_t, std::int64_t> table;

  std::optional<std::int64_t> perform(const Operation& operation) {
    switch (operation.kind) {
      case Kind::insert:
        return (table.insert(1, operation.argument).value(), std::nullopt);
      case Kind::insert_new:
        return table.insert_new(1, operation.argument).value() ? 1 : 0;
      case Kind::take:
        return table.take(1);
      case Kind::add:
        return table.update_counter(1, operation.argument, 0).value();
      default:
        return table.lookup(1);
    }
  }
};

template <TableType type>
struct TermKey {
  ValueTable table{{.type = type}};

  static std::optional<std::int64_t> number_in(const ValueTable::Rows& rows) {
    if (rows.empty()) return std::nullopt;
    return rows[0][1].integer_or(0);
  }
  std::optional<std::int64_t> perform(const Operation& operation) {
    const std::int64_t argument = operation.argument;
    switch (operation.kind) {
      case Kind::insert:
        return (table.insert({1, argument}).value(), std::nullopt);
      case Kind::insert_new:
        return table.insert_new({{1, argument}}).value() ? 1 : 0;
      case Kind::lookup:
        return number_in(table.lookup(1));
      case Kind::take:
        return number_in(table.take(1));
      case Kind::add:
        return table.update_counter(1, {{2, argument}}, ValueTable::Row{1, 0}).value().front();
      case Kind::compare_and_swap:
        break;
    }
    return table.compare_and_swap({1, argument}, {1, operation.desired}).value() ? 1 : 0;
  }
};

/// Runs random operations of three threads on one key and returns their history.
template <typename Key>
std::vector<Operation> record(Key& key, std::uint64_t seed) {
  constexpr int threads = 3;
  constexpr int each = 16;
  std::atomic<std::int64_t> clock = 0;
  std::atomic<int> ready = 0;
  std::mutex mutex;
  std::vector<Operation> history;
  {
    std::vector<std::jthread> running;
    for (int t = 0; t < threads; ++t) {
      running.emplace_back([&, t] {
        std::mt19937_64 random(seed * 31 + static_cast<std::uint64_t>(t));
        std::vector<Operation> mine;
        ++ready;
        while (ready < threads) {
        }
        for (int i = 0; i < each; ++i) {
          Operation operation;
          operation.kind = static_cast<Kind>(random() % 6);
          operation.argument = static_cast<std::int64_t>(random() % 4);
          operation.desired = static_cast<std::int64_t>(random() % 4);
          operation.begin = clock++;
          operation.result = key.perform(operation);
          operation.end = clock++;
          mine.push_back(operation);
        }
        const std::scoped_lock lock(mutex);
        history.insert(history.end(), mine.begin(), mine.end());
      });
    }
  }
  return history;
}

template <typename Key>
class Linearizability : public ::testing::Test {};
using Keys = ::testing::Types<HashedKey, OrderedKey, TermKey<TableType::set>,
                              TermKey<TableType::ordered_set>>;
TYPED_TEST_SUITE(Linearizability, Keys);

TYPED_TEST(Linearizability, OperationsOfThreadsOnOneKeyHappenOneAfterAnother) {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    TypeParam key;
    auto history = record(key, seed);
    if constexpr (std::is_same_v<TypeParam, OrderedKey>) {
      for (Operation& each : history) {
        if (each.kind == Kind::compare_and_swap) each.kind = Kind::lookup;  // as it was performed
      }
    }
    ASSERT_TRUE(is_linearizable(history)) << "seed " << seed;
  }
}

}  // namespace
}  // namespace kith
