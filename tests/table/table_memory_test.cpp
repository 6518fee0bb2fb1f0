// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <fstream>
#include <string>
#include <unistd.h>

#include <gtest/gtest.h>

#include "core/sanitizers.hpp"
#include "table/ordered_table.hpp"
#include "table/table.hpp"
#include "table/value_table.hpp"

namespace kith {
namespace {

#if KITH_SANITIZED
constexpr std::int64_t rows = 100'000;  // the sanitizer does not free their shadow memory
#else
constexpr std::int64_t rows = 10'000'000;
#endif

/// Returns the resident bytes of this process.
std::int64_t resident() {
  std::int64_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages >> pages;
  return pages * sysconf(_SC_PAGESIZE);
}

template <typename Table>
void fill_and_clear(std::int64_t bytes_of_row_max) {
  Table table;
  const std::int64_t before = resident();
  for (std::int64_t i = 0; i < rows; ++i) ASSERT_TRUE(table.insert(i, i));
  EXPECT_EQ(table.size(), static_cast<std::size_t>(rows));
  EXPECT_EQ(table.lookup(rows - 1), rows - 1);
  EXPECT_LT(static_cast<std::int64_t>(table.bytes()), rows * bytes_of_row_max);
  const std::int64_t full = resident();
  table.clear();
  EXPECT_EQ(table.size(), 0U);
  EXPECT_LT(table.bytes(), 64U * 1024);
  if (rows < 1'000'000) return;
  EXPECT_GT(full - before, rows * 16);
  EXPECT_LT(resident() - before, (full - before) / 20);
}

TEST(TableMemory, TenMillionRowsFitAndTheirMemoryComesBack) {
  fill_and_clear<Table<std::int64_t, std::int64_t>>(64);
}

TEST(TableMemory, TenMillionRowsOfAnOrderedTableFitAndTheirMemoryComesBack) {
  fill_and_clear<OrderedTable<std::int64_t, std::int64_t>>(64);
}

TEST(TableMemory, TheRowsOfATableOfTermsGoBackToTheSystem) {
  const std::int64_t before = resident();
  ValueTable table;
  constexpr std::int64_t count = rows / 10;
  for (std::int64_t i = 0; i < count; ++i) ASSERT_TRUE(table.insert({i, i}));
  const std::int64_t full = resident();
  table.clear();
  EXPECT_LT(table.bytes(), 64U * 1024);
  if (count < 1'000'000) return;
  EXPECT_GT(full - before, count * 64);
  EXPECT_LT(resident() - before, (full - before) / 10);
}

/// Rows of another table survive the release of memory.
TEST(TableMemory, RowsThatStayOutliveTheRelease) {
  ValueTable kept;
  ValueTable table;
  constexpr std::int64_t count = 150'000;
  for (std::int64_t i = 0; i < count; ++i) {
    ASSERT_TRUE(table.insert({i, i}));
    if (i % 1000 != 0) continue;
    ASSERT_TRUE(kept.insert({i, std::to_string(i)}));
  }
  for (int round = 0; round < 3; ++round) {
    table.clear();
    for (std::int64_t i = 0; i < count; ++i) ASSERT_TRUE(table.insert({i, -i}));
    for (std::int64_t i = 0; i < count; i += 1000) {
      ASSERT_EQ(kept.lookup(i), (ValueTable::Rows{{i, std::to_string(i)}}));
    }
  }
  for (std::int64_t i = 0; i < count; ++i) {
    ASSERT_EQ(table.lookup(i), (ValueTable::Rows{{i, -i}}));
  }
}

}  // namespace
}  // namespace kith
