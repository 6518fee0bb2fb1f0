// SPDX-License-Identifier: Apache-2.0
#include "table/table_file.hpp"

#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace kith {
namespace {

/// A temporary directory that is removed afterwards.
class TableFiles : public ::testing::Test {
 protected:
  std::filesystem::path folder =
      std::filesystem::path(::testing::TempDir()) / ("tables-" + std::to_string(getpid()));
  std::string path = (folder / "rows.kith").string();
  ValueTable table{{.type = TableType::duplicate_bag, .key_position = 2}};

  void SetUp() override {
    std::filesystem::create_directories(folder);
    for (int i = 0; i < 5000; ++i) {
      ASSERT_TRUE(table.insert({"row", i % 1000, 1.5 * i, Value::map({{"i", i}}), nullptr}));
    }
  }
  void TearDown() override { std::filesystem::remove_all(folder); }
};

TEST_F(TableFiles, ALoadedTableIsTheOneThatWasSaved) {
  ASSERT_TRUE(save_table(table, path));
  const auto loaded = load_table(path);
  ASSERT_TRUE(loaded);
  EXPECT_EQ((*loaded)->type(), TableType::duplicate_bag);
  EXPECT_EQ((*loaded)->key_position(), 2U);
  EXPECT_EQ((*loaded)->size(), 5000U);
  for (int key = 0; key < 1000; ++key) EXPECT_EQ((*loaded)->lookup(key), table.lookup(key));
}

TEST_F(TableFiles, AFileThatIsCutAnywhereIsRefusedAndSaysWhere) {
  ValueTable small;
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(small.insert({i, "text"}));
  const Bytes content = table::encode_table(small).value();
  for (std::size_t size = 0; size < content.size(); ++size) {
    const auto read = table::decode_table(BytesView(content).first(size), 100);
    ASSERT_FALSE(read) << size;
    EXPECT_EQ(read.error().code(), ErrorCode::decode);
    EXPECT_NE(read.error().text().find("at byte"), std::string::npos);
  }
  EXPECT_TRUE(table::decode_table(content, 100));
}

TEST_F(TableFiles, AFileWithOneFlippedBitIsRefused) {
  ValueTable small;
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(small.insert({i, "text"}));
  Bytes content = table::encode_table(small).value();
  for (std::size_t bit = 0; bit < content.size() * 8; ++bit) {
    content[bit / 8] ^= static_cast<std::byte>(1U << bit % 8);
    EXPECT_FALSE(table::decode_table(content, 100)) << "bit " << bit;
    content[bit / 8] ^= static_cast<std::byte>(1U << bit % 8);
  }
}

TEST_F(TableFiles, WhatCannotBeWrittenLeavesTheOldFileAndNoDraft) {
  ASSERT_TRUE(save_table(table, path));
  const std::string deeper = (folder / "missing" / "rows.kith").string();
  EXPECT_EQ(save_table(table, deeper).error().code(), ErrorCode::not_found);
  ValueTable deep;
  Value nested = 1;
  for (int i = 0; i < 100; ++i) nested = ValueArray{nested};
  ASSERT_TRUE(deep.insert({1, nested}));
  EXPECT_EQ(save_table(deep, path).error().code(), ErrorCode::invalid_argument);
  EXPECT_EQ(load_table(path).value()->size(), 5000U);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder), {}), 1);
}

TEST_F(TableFiles, AFullDiskIsAnErrorThatSaysSo) {
  const auto saved = save_table(table, "/dev/full/rows");
  ASSERT_FALSE(saved);
  EXPECT_NE(saved.error().text().find("/dev/full/rows"), std::string::npos);
}

TEST_F(TableFiles, AMissingFileIsNotFound) {
  EXPECT_EQ(load_table(path).error().code(), ErrorCode::not_found);
}

TEST_F(TableFiles, ATableWithMoreRowsThanAllowedIsRefused) {
  ASSERT_TRUE(save_table(table, path));
  EXPECT_EQ(load_table(path, 10).error().code(), ErrorCode::overloaded);
}

TEST_F(TableFiles, ThreadsThatSaveToOneFileLeaveOneOfTheirTables) {
  ValueTable other;
  for (int i = 0; i < 5000; ++i) ASSERT_TRUE(other.insert({i, "other"}));
  {
    std::vector<std::jthread> threads;
    for (const ValueTable* each : std::initializer_list<const ValueTable*>{&table, &other}) {
      threads.emplace_back([each, this] {
        for (int i = 0; i < 20; ++i) EXPECT_TRUE(save_table(*each, path));
      });
    }
  }
  const auto loaded = load_table(path);
  ASSERT_TRUE(loaded) << loaded.error().text();
  EXPECT_EQ((*loaded)->size(), 5000U);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder), {}), 1);
}

TEST_F(TableFiles, AFolderIsNoTable) {
  EXPECT_EQ(load_table(folder.string()).error().code(), ErrorCode::input_output);
}

}  // namespace
}  // namespace kith
