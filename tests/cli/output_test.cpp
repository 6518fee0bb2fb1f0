// SPDX-License-Identifier: Apache-2.0
#include "cli/output.hpp"

#include <string>

#include <gtest/gtest.h>

namespace kith::cli {
namespace {

Table members() {
  return {{"NAME", "STATUS", "ADDRESS"},
          {{"a", {"up", Colour::good}, "127.0.0.1:7400"},
           {"node-b", {"suspect", Colour::warning}, "127.0.0.1:7401"}}};
}

TEST(Output, AlignsColumnsWithoutAHeaderForPrograms) {
  EXPECT_EQ(to_text(members(), {}),
            "a       up       127.0.0.1:7400\n"
            "node-b  suspect  127.0.0.1:7401\n");
}

TEST(Output, HasAHeaderOnATerminal) {
  EXPECT_EQ(to_text(members(), {.header = true, .colour = false}),
            "NAME    STATUS   ADDRESS\n"
            "a       up       127.0.0.1:7400\n"
            "node-b  suspect  127.0.0.1:7401\n");
}

TEST(Output, ColoursDoNotDisturbTheColumns) {
  const std::string text = to_text(members(), {.header = false, .colour = true});
  EXPECT_EQ(text,
            "a       \x1B[32mup\x1B[0m       127.0.0.1:7400\n"
            "node-b  \x1B[33msuspect\x1B[0m  127.0.0.1:7401\n");
}

TEST(Output, ALineDoesNotEndWithSpaces) {
  const Table table{{"NAME", "STATE", "LABEL"}, {{"a", "idle", ""}, {"node-b", "busy", "shop"}}};
  EXPECT_EQ(to_text(table, {}), "a       idle\nnode-b  busy  shop\n");
}

TEST(Output, CountsCharactersNotBytes) {
  const Table table{{"NAME", "X"}, {{"é", "1"}, {"ab", "2"}}};
  EXPECT_EQ(to_text(table, {}), "é   1\nab  2\n");
}

TEST(Output, ControlCharactersDoNotReachTheTerminal) {
  Table table{{"NAME"}, {}};
  table.rows.push_back({Cell("a\x1B[2Jb\nc")});
  EXPECT_EQ(to_text(table, {}), "a\\x1b[2Jb\\nc\n");
}

TEST(Output, AnEmptyTableIsNothing) {
  EXPECT_EQ(to_text({{"NAME"}, {}}, {}), "");
}

TEST(Output, TextsArePlainAndTheRestIsJson) {
  EXPECT_EQ(to_plain(Value("eu-1")), "eu-1");
  EXPECT_EQ(to_plain(Value(7)), "7");
  EXPECT_EQ(to_plain(Value()), "null");
  EXPECT_EQ(to_plain(Value::array({1, "a"})), R"([1,"a"])");
}

TEST(Output, EscapesWhatSteersTheTerminalInATextButKeepsLinesAndOwnColours) {
  EXPECT_EQ(for_screen("a\x1b]0;title\x07\nb"), "a\\x1b]0;title\\x07\nb");
  const std::string red = coloured("no", Colour::bad, {.header = false, .colour = true});
  EXPECT_EQ(for_screen(red), red);
  EXPECT_EQ(for_screen("\xc2\x9b"
                       "31m"),
            "\\x9b31m");
}

TEST(Output, ColumnsOfLaterPagesAreAtLeastAsWideAndTheHeaderComesOnce) {
  TablePages pages({.header = true, .colour = false});
  EXPECT_EQ(pages.page({{"A", "B"}, {{"long", "1"}}}), "A     B\nlong  1\n");
  EXPECT_EQ(pages.page({{"A", "B"}, {{"x", "2"}, {"longer", "3"}}}), "x       2\nlonger  3\n");
}

}  // namespace
}  // namespace kith::cli
