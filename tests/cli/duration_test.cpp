// SPDX-License-Identifier: Apache-2.0
#include "cli/duration.hpp"

#include <chrono>

#include <gtest/gtest.h>

namespace kith::cli {
namespace {

using namespace std::chrono_literals;

TEST(Duration, ReadsNumbersWithUnits) {
  EXPECT_EQ(parse_duration("60s").value(), 60s);
  EXPECT_EQ(parse_duration("500ms").value(), 500ms);
  EXPECT_EQ(parse_duration("1m").value(), 1min);
  EXPECT_EQ(parse_duration("2h").value(), 2h);
  EXPECT_EQ(parse_duration("1d").value(), 24h);
  EXPECT_EQ(parse_duration("250us").value(), 250us);
  EXPECT_EQ(parse_duration("7ns").value(), 7ns);
  EXPECT_EQ(parse_duration("0").value(), 0s);
  EXPECT_EQ(parse_duration("0s").value(), 0s);
}

TEST(Duration, ReadsFractionsAndSums) {
  EXPECT_EQ(parse_duration("1.5s").value(), 1500ms);
  EXPECT_EQ(parse_duration("1h30m").value(), 90min);
  EXPECT_EQ(parse_duration("1m30s500ms").value(), 90500ms);
}

TEST(Duration, RefusesEverythingElse) {
  for (const char* text : {"", "s", "60", "-5s", "5 s", "5sec", "1,5s", "five", "5s6", "nan s",
                           "1e3s", "inf s", "+5s", "--5s", "5s-3s"}) {
    const auto duration = parse_duration(text);
    ASSERT_FALSE(duration) << text;
    EXPECT_EQ(duration.error().code(), ErrorCode::invalid_argument) << text;
  }
}

TEST(Duration, RefusesWhatDoesNotFit) {
  EXPECT_FALSE(parse_duration("10000000000h"));
  EXPECT_TRUE(parse_duration("2000000h"));
}

TEST(Duration, IsWrittenInTheUnitThatFits) {
  EXPECT_EQ(format_duration(60s), "1 m");
  EXPECT_EQ(format_duration(1500ms), "1.5 s");
  EXPECT_EQ(format_duration(415us), "415 us");
  EXPECT_EQ(format_duration(1234567ns), "1.235 ms");
  EXPECT_EQ(format_duration(0ns), "0 ns");
}

}  // namespace
}  // namespace kith::cli
