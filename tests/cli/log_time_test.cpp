// SPDX-License-Identifier: Apache-2.0
#include "cli/replay/log_time.hpp"

#include <string>

#include <gtest/gtest.h>

namespace kith::replay {
namespace {

std::string time_of(const std::string& text) {
  const auto at = parse_apache_time(text);
  return at ? format_rfc3339(*at) : "none";
}

TEST(ApacheTime, MustExist) {
  EXPECT_EQ(time_of("29/Feb/2016:23:59:59 +0000"), "2016-02-29T23:59:59Z");
  EXPECT_EQ(time_of("31/Dec/1969:23:59:59 +0000"), "1969-12-31T23:59:59Z");
  for (const char* text : {"29/Feb/2015:00:00:00 +0000",
                           "29/Feb/1900:00:00:00 +0000",
                           "31/Apr/2015:00:00:00 +0000",
                           "00/May/2015:00:00:00 +0000",
                           "32/May/2015:00:00:00 +0000",
                           "17/Foo/2015:00:00:00 +0000",
                           "17/may/2015:00:00:00 +0000",
                           "17/May/2015:24:00:00 +0000",
                           "17/May/2015:00:60:00 +0000",
                           "17/May/2015:00:00:61 +0000",
                           "17/May/2015:00:00:00 +2400",
                           "17/May/2015:00:00:00 +0060",
                           "17/May/2015:00:00:00 0000",
                           "17/May/2015:00:00:00",
                           "17/May/2015:00:00:00 +000",
                           "17/May/2015:00:00:00 +00000",
                           "7/May/2015:00:00:00 +0000",
                           "17/May/15:00:00:00 +0000",
                           "17/May/9999:00:00:00 +0000",
                           "17/May/0001:00:00:00 +0000",
                           "",
                           "-"}) {
    EXPECT_EQ(time_of(text), "none") << text;
  }
}

TEST(ApacheTime, ZoneCounts) {
  EXPECT_EQ(time_of("17/May/2015:10:05:03 +0530"), "2015-05-17T04:35:03Z");
  EXPECT_EQ(time_of("31/Dec/2015:20:00:00 -0430"), "2016-01-01T00:30:00Z");
}

TEST(Rfc3339, IsReadWithFractionAndOffset) {
  const auto read = [](std::string_view text) {
    const auto at = parse_rfc3339(text);
    return at ? format_rfc3339(*at) : std::string("none");
  };
  EXPECT_EQ(read("2015-05-17T10:05:03Z"), "2015-05-17T10:05:03Z");
  EXPECT_EQ(read("2015-05-17t10:05:03.250z"), "2015-05-17T10:05:03.25Z");
  EXPECT_EQ(read("2015-05-17 10:05:03.1234567891+01:00"), "2015-05-17T09:05:03.123456789Z");
  EXPECT_EQ(read("1969-12-31T23:59:59.5Z"), "1969-12-31T23:59:59.5Z");
  for (const char* text :
       {"2015-05-17T10:05:03", "2015-05-17T10:05:03+0100", "2015-05-17T10:05:03.Z", "2015-05-17",
        "2015-02-29T10:05:03Z", "2015-13-01T10:05:03Z", "2015-05-17T24:00:00Z",
        "2015-05-17T10:05:61Z", "2015-05-17T10:05:03ZZ", "2015-05-17T10:05:03Z ", ""}) {
    EXPECT_EQ(read(text), "none") << text;
  }
}

TEST(UnixSeconds, AreReadExactly) {
  const auto read = [](std::string_view text) {
    const auto at = parse_unix_seconds(text);
    return at ? format_rfc3339(*at) : std::string("none");
  };
  EXPECT_EQ(read("1431857103"), "2015-05-17T10:05:03Z");
  EXPECT_EQ(read("1431857103.000000001"), "2015-05-17T10:05:03.000000001Z");
  EXPECT_EQ(read("1.4318571035e9"), "2015-05-17T10:05:03.5Z");
  EXPECT_EQ(read("14318571035E-1"), "2015-05-17T10:05:03.5Z");
  EXPECT_EQ(read("15e-1"), "1970-01-01T00:00:01.5Z");
  EXPECT_EQ(read("15e-3"), "1970-01-01T00:00:00.015Z");
  EXPECT_EQ(read("-0.5"), "1969-12-31T23:59:59.5Z");
  EXPECT_EQ(read("0e9999"), "1970-01-01T00:00:00Z");
  EXPECT_EQ(read("1e-9999"), "1970-01-01T00:00:00Z");
  for (const char* text : {"", "-", ".5", "5.", "1431857103000", "1e12", "1e9999", "1e99999", "1e",
                           "0x10", "1 ", "+1", "inf"}) {
    EXPECT_EQ(read(text), "none") << text;
  }
}

TEST(LogTime, Second60CountsAs59InEveryForm) {
  EXPECT_EQ(time_of("31/Dec/2016:23:59:60 +0000"), "2016-12-31T23:59:59Z");
  EXPECT_EQ(time_of("01/Jan/2017:05:29:60 +0530"), "2016-12-31T23:59:59Z");
  EXPECT_EQ(format_rfc3339(parse_rfc3339("2016-12-31T23:59:60Z").value()), "2016-12-31T23:59:59Z");
  EXPECT_EQ(format_rfc3339(parse_rfc3339("2016-12-31T15:59:60.5-08:00").value()),
            "2016-12-31T23:59:59.5Z");
}

TEST(LogTime, IsReadInAnyOfItsForms) {
  for (const char* text :
       {"17/May/2015:10:05:03 +0000", "2015-05-17T10:05:03Z", "1431857103", "1431857103.000"}) {
    EXPECT_EQ(format_rfc3339(parse_log_time(text).value()), "2015-05-17T10:05:03Z") << text;
  }
  EXPECT_FALSE(parse_log_time("17 May 2015"));
  EXPECT_FALSE(parse_log_time(""));
}

}  // namespace
}  // namespace kith::replay
