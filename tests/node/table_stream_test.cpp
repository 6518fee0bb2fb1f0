// SPDX-License-Identifier: Apache-2.0
#include "node/table_stream.hpp"

#include <gtest/gtest.h>

#include "core/limits.hpp"

namespace kith::node {
namespace {

using namespace std::chrono_literals;

class TableStreams : public ::testing::Test {
 protected:
  ManualClock clock;
  System system{{.workers = 0, .clock = &clock}};
  TableDirectory tables = TableDirectory::start_link(system).value();
  OwnedTable table =
      tables
          .create({.name = "t", .named = true, .access = TableAccess::all, .heir = {}},
                  spawn(system, [] { sleep_for(24h); }))
          .value();

  void fill(int rows) {
    for (int i = 0; i < rows; ++i) EXPECT_TRUE(table.write().value()->insert({i, i}));
  }
  ServerRef<TableStreamProtocol> start(MakeTableSource make) {
    return TableStream::start(system, StartOptions{}, std::move(make)).value();
  }
  Result<TablePage> next(const ServerRef<TableStreamProtocol>& stream, std::size_t items_max) {
    return system.run([&] { return call(stream, NextPage{items_max, 0s}); });
  }
  static MatchSpec all() { return MatchSpec::rows_like(Value::map({{"any", true}})).value(); }
};

TEST_F(TableStreams, ASelectionThatNobodyAsksForEndsAndReleasesTheTable) {
  fill(100);
  const auto stream = start(selection_of(table, all(), false));
  EXPECT_EQ(next(stream, 10).value().items.size(), 10U);
  EXPECT_TRUE(table.info().value().fixed);
  system.advance(limits::table_stream_idle_max - 1s);
  EXPECT_EQ(next(stream, 10).value().items.size(), 10U);
  system.advance(limits::table_stream_idle_max + 1s);
  EXPECT_FALSE(system.is_alive(stream.pid()));
  EXPECT_FALSE(table.info().value().fixed);
}

TEST_F(TableStreams, AWatchThatNobodyAsksForEndsAlthoughTheTableChanges) {
  const auto stream = start(changes_of(table, {}));
  EXPECT_TRUE(next(stream, 10).value().items.empty());
  for (int i = 0; i < 4; ++i) {
    fill(10);
    system.advance(limits::table_stream_idle_max * 2 / 3);
  }
  EXPECT_FALSE(system.is_alive(stream.pid()));
}

TEST_F(TableStreams, AStreamEndsWithItsLastPage) {
  fill(10);
  const auto stream = start(selection_of(table, all(), false));
  EXPECT_FALSE(next(stream, 9).value().ended);
  const TablePage last = next(stream, 9).value();
  EXPECT_EQ(last.items.size(), 1U);
  EXPECT_TRUE(last.ended);
  EXPECT_FALSE(system.is_alive(stream.pid()));
}

TEST_F(TableStreams, ASelectionOfATableThatIsGoneFailsAndEnds) {
  fill(10);
  const auto stream = start(selection_of(table, all(), false));
  EXPECT_TRUE(next(stream, 5));
  EXPECT_TRUE(table.erase());
  EXPECT_EQ(next(stream, 5).error().code(), ErrorCode::not_found);
  EXPECT_FALSE(system.is_alive(stream.pid()));
}

TEST_F(TableStreams, APageIsShortWhenItsItemsAreLong) {
  const std::string text(100'000, 'x');
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(table.write().value()->insert({i, text}));
  const auto stream = start(selection_of(table, all(), false));
  std::size_t rows = 0;
  for (bool ended = false; !ended;) {
    const TablePage page = next(stream, 10).value();
    EXPECT_LE(page.items.size(), 2U);
    EXPECT_FALSE(page.items.empty());
    rows += page.items.size();
    ended = page.ended;
  }
  EXPECT_EQ(rows, 10U);
}

TEST_F(TableStreams, AnItemThatHasNoRoomInAnAnswerIsRefused) {
  EXPECT_TRUE(table.write().value()->insert({1, std::string(limits::frame_size_bytes_max, 'x')}));
  const auto refused = next(start(selection_of(table, all(), false)), 10);
  EXPECT_EQ(refused.error().code(), ErrorCode::invalid_argument);
  EXPECT_NE(refused.error().text().find("does not fit"), std::string::npos);
}

}  // namespace
}  // namespace kith::node
