// SPDX-License-Identifier: Apache-2.0
#include "table/cache_table.hpp"

#include <random>
#include <string>
#include <thread>
#include <tuple>
#include <unordered_map>
#include <vector>

#include <gtest/gtest.h>

namespace kith {
namespace {

using namespace std::chrono_literals;

/// A table with a manual clock, and its expired rows.
class CacheTableTest : public ::testing::Test {
 protected:
  using Names = CacheTable<std::string, int>;
  using Gone = std::tuple<std::string, int, Forgotten>;

  Names make(CacheOptions options) {
    return Names(clock, options, [this](const std::string& key, int value, Forgotten why) {
      gone.emplace_back(key, value, why);
    });
  }

  ManualClock clock;
  std::vector<Gone> gone;
};

TEST_F(CacheTableTest, ARowLivesExactlyAsLongAsItsTimeToLive) {
  Names names = make({.life = {.time_to_live = 10s}});
  names.put("a", 1);
  clock.advance(10s - 1ns);
  EXPECT_EQ(names.get("a"), 1);
  EXPECT_EQ(names.remaining("a"), 1ns);
  clock.advance(1ns);
  EXPECT_EQ(names.remaining("a"), std::nullopt);
  EXPECT_TRUE(gone.empty());
  EXPECT_EQ(names.get("a"), std::nullopt);
  EXPECT_EQ(gone, (std::vector<Gone>{{"a", 1, Forgotten::expired}}));
  EXPECT_EQ(names.size(), 0U);
}

TEST_F(CacheTableTest, ARowLivesAsLongAsItIsUsed) {
  Names names = make({.life = {.idle_time = 10s}});
  names.put("a", 1);
  for (int i = 0; i < 5; ++i) {
    clock.advance(9s);
    EXPECT_EQ(names.get("a"), 1);
  }
  clock.advance(9s);
  EXPECT_EQ(names.remaining("a"), 1s);  // does not count as a use
  clock.advance(1s);
  EXPECT_FALSE(names.use("a", [](int&) {}));
  EXPECT_EQ(gone, (std::vector<Gone>{{"a", 1, Forgotten::idle}}));
}

TEST_F(CacheTableTest, ARowMayHaveALifeOfItsOwnAndWritingBeginsItAnew) {
  Names names = make({.life = {.time_to_live = 10s}});
  names.put("long", 1, {.time_to_live = 20s});
  names.put("ever", 2, {});
  names.put("short", 3);
  clock.advance(5s);
  names.put("short", 4);
  clock.advance(9s);
  EXPECT_EQ(names.get("short"), 4);
  clock.advance(1s);
  EXPECT_EQ(names.get("short"), std::nullopt);
  EXPECT_EQ(names.get("long"), 1);
  EXPECT_EQ(names.remaining("ever"), Duration::max());
  names.put("long", 5, {.time_to_live = 1s});  // shorter than before
  clock.advance(1s);
  EXPECT_EQ(names.reclaim(), 1U);
  clock.advance(1000h);
  EXPECT_EQ(names.get("ever"), 2);
}

TEST_F(CacheTableTest, ALifeIsAsLongAsItSaysAlsoAtTheEdges) {
  for (const bool idle : {false, true}) {
    const auto life = [&](Duration length) {
      return idle ? RowLife{.idle_time = length} : RowLife{.time_to_live = length};
    };
    Names names = make({});
    for (const Duration below : {Duration(-1ns), Duration(-1h), Duration::min()}) {
      names.put("over", 1, {});
      names.put("over", 1, life(below));  // expired when it is written
      EXPECT_EQ(names.remaining("over"), std::nullopt) << below.count();
      EXPECT_EQ(names.get("over"), std::nullopt) << below.count();
      EXPECT_EQ(names.size(), 0U);
    }
    names.put("ever", 1, life(Duration::zero()));
    names.put("short", 1, life(1ns));
    names.put("long", 1, life(Duration::max() - 1ns));
    names.put("longest", 1, life(Duration::max()));
    EXPECT_EQ(names.remaining("short"), 1ns);
    for (const char* key : {"ever", "long", "longest"}) {
      EXPECT_EQ(names.remaining(key), Duration::max()) << key;
    }
    clock.advance(1ns);
    EXPECT_EQ(names.get("short"), std::nullopt);
    clock.advance(100'000h);
    for (const char* key : {"ever", "long", "longest"}) EXPECT_TRUE(names.get(key)) << key;
  }
}

TEST_F(CacheTableTest, WritingGivesTheMemoryOfAFewRowsBack) {
  Names names = make({.life = {.time_to_live = 1s}});
  for (int i = 0; i < 100; ++i) names.put(std::to_string(i), i);
  EXPECT_EQ(names.size(), 100U);
  clock.advance(2s);
  for (int i = 0; i < 1000; ++i) names.put("other " + std::to_string(i), i);
  EXPECT_EQ(names.size(), 1000U);
  EXPECT_EQ(gone.size(), 100U);
}

TEST_F(CacheTableTest, ReclaimTakesAtMostSoManyOfAPart) {
  Names names = make({.life = {.time_to_live = 1s}, .rows_max = 1024});  // one part
  for (int i = 0; i < 100; ++i) names.put(std::to_string(i), i);
  EXPECT_EQ(names.reclaim(), 0U);
  clock.advance(1h);
  EXPECT_EQ(names.reclaim(30), 30U);
  EXPECT_EQ(names.size(), 70U);
  EXPECT_EQ(names.reclaim(), 70U);
}

TEST_F(CacheTableTest, AFullTableForgetsTheRowThatWasNotUsedForLongest) {
  Names names = make({.rows_max = 3});
  for (const char* key : {"a", "b", "c"}) names.put(key, 1);
  EXPECT_EQ(names.get("a"), 1);
  names.put("b", 2);
  names.put("d", 1);
  EXPECT_EQ(gone, (std::vector<Gone>{{"c", 1, Forgotten::crowded}}));
  EXPECT_EQ(names.size(), 3U);
  for (const char* key : {"a", "b", "d"}) EXPECT_TRUE(names.get(key)) << key;
}

TEST_F(CacheTableTest, ALargeTableKeepsItsBoundToo) {
  CacheTable<int, int> numbers(clock, {.rows_max = 10'000});
  for (int i = 0; i < 100'000; ++i) numbers.put(i, i);
  EXPECT_LE(numbers.size(), 10'000U);
  EXPECT_GE(numbers.size(), 9'900U);
  EXPECT_EQ(numbers.get(99'999), 99'999);
  CacheTable<int, int> nothing(clock, {.rows_max = 0});
  nothing.put(1, 1);
  EXPECT_EQ(nothing.size(), 0U);
}

TEST_F(CacheTableTest, WhatIsErasedIsNotForgotten) {
  Names names = make({.life = {.time_to_live = 1s}});
  names.put("a", 1);
  EXPECT_TRUE(names.erase("a"));
  EXPECT_FALSE(names.erase("a"));
  names.put("b", 1);
  names.clear();
  clock.advance(1h);
  EXPECT_EQ(names.reclaim(), 0U);
  EXPECT_TRUE(gone.empty());
}

TEST_F(CacheTableTest, AListenerMayUseTheTable) {
  Names* table = nullptr;
  Names names(clock, {.rows_max = 2}, [&](const std::string& key, int value, Forgotten) {
    if (value > 0) table->put(key, 0);  // once more
  });
  table = &names;
  for (const char* key : {"a", "b", "c"}) names.put(key, 1);
  EXPECT_EQ(names.size(), 2U);
  EXPECT_EQ(names.get("a").has_value() + names.get("b").has_value(), 1);
}

/// A simple and slow reference table.
TEST_F(CacheTableTest, RandomUseShowsTheRowsThatAModelShows) {
  struct Row {
    int value;
    TimePoint expires;
    TimePoint used;
    Duration idle;
  };
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    std::mt19937_64 random(seed);
    std::unordered_map<int, Row> model;
    CacheTable<int, int> table(clock);
    const auto lives = [&](const Row& row) {
      return clock.now() < row.expires && clock.now() - row.used < row.idle;
    };
    for (int step = 0; step < 5000; ++step) {
      const int key = static_cast<int>(random() % 50);
      const auto found = model.find(key);
      const bool expected = found != model.end() && lives(found->second);
      switch (random() % 4) {
        case 0: {
          const RowLife life{std::chrono::milliseconds(1 + random() % 3000),
                             std::chrono::milliseconds(1 + random() % 1000)};
          table.put(key, step, life);
          model[key] = {step, clock.now() + life.time_to_live, clock.now(), life.idle_time};
          break;
        }
        case 1:
          ASSERT_EQ(table.get(key).has_value(), expected) << "seed " << seed << " step " << step;
          if (expected) found->second.used = clock.now();
          break;
        case 2:
          if (random() % 8 == 0) {
            ASSERT_EQ(table.erase(key), expected) << "seed " << seed << " step " << step;
            model.erase(key);
          }
          break;
        default:
          clock.advance(std::chrono::microseconds(random() % 100'000));
      }
    }
    clock.advance(1h);
    table.reclaim();
    EXPECT_EQ(table.size(), 0U) << "seed " << seed;
  }
}

TEST_F(CacheTableTest, ThreadsShareIt) {
  CacheTable<int, int> numbers(clock, {.rows_max = 4096});
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 5000; ++i) {
        numbers.put(i % 64, t);
        EXPECT_TRUE(numbers.use(i % 64, [](int& value) { ++value; }));
        numbers.put(100 + t * 5000 + i, 1);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_LE(numbers.size(), 4096U);
}

TEST_F(CacheTableTest, AFullTableForgetsWhatIsOverBeforeWhatLives) {
  Names names = make({.life = {.idle_time = 10s}, .rows_max = 3});
  names.put("a", 1);
  names.put("b", 1);
  names.put("c", 1, {.time_to_live = 10s});
  clock.advance(9s);
  for (const char* key : {"a", "b", "c"}) EXPECT_TRUE(names.get(key));
  clock.advance(1s);
  names.put("d", 1);
  EXPECT_EQ(gone, (std::vector<Gone>{{"c", 1, Forgotten::expired}}));
}

}  // namespace
}  // namespace kith
