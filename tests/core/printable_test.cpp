// SPDX-License-Identifier: Apache-2.0
#include "core/printable.hpp"

#include <string>

#include <gtest/gtest.h>

namespace kith {
namespace {

TEST(Printable, LeavesWhatIsOnlyText) {
  EXPECT_EQ(printable("kith: añb → 漢 😀 'x' \\"), "kith: añb → 漢 😀 'x' \\");
  EXPECT_EQ(printable(""), "");
}

TEST(Printable, EscapesWhatSteersATerminalOrForgesALine) {
  EXPECT_EQ(printable("\x1b[31mred\x1b[0m"), "\\x1b[31mred\\x1b[0m");
  EXPECT_EQ(printable("a\nb\tc\rd"), "a\\nb\\tc\\rd");
  EXPECT_EQ(printable(std::string("\0\x7f", 2)), "\\x00\\x7f");
  EXPECT_EQ(printable("\xc2\x9b"
                      "2J"),
            "\\x9b2J");  // CSI as one character
  EXPECT_EQ(printable("a\xe2\x80\xae"
                      "b"),
            "a\\u202eb");  // right-to-left override
}

TEST(Printable, EscapesBytesThatAreNoUtf8) {
  EXPECT_EQ(printable("\xff"
                      "a\xc3"),
            "\\xffa\\xc3");
  EXPECT_EQ(printable("\xc0\x8a"), "\\xc0\\x8a");           // a line feed in two bytes
  EXPECT_EQ(printable("\xed\xa0\x80"), "\\xed\\xa0\\x80");  // half of a pair
  EXPECT_EQ(printable("\xf8\x88\x80\x80\x80"), "\\xf8\\x88\\x80\\x80\\x80");
}

TEST(Printable, QuotesALongTextShortened) {
  EXPECT_EQ(in_quotes("key"), "'key'");
  EXPECT_EQ(in_quotes(std::string(64, 'x')), "'" + std::string(64, 'x') + "'");
  EXPECT_EQ(in_quotes(std::string(100'000, 'x')), "'" + std::string(64, 'x') + "…'");
  EXPECT_EQ(in_quotes("\x1b]0;title\x07"), "'\\x1b]0;title\\x07'");
}

}  // namespace
}  // namespace kith
