// SPDX-License-Identifier: Apache-2.0
#include "cli/replay/access_log.hpp"

#include <optional>
#include <string>

#include <gtest/gtest.h>

namespace kith::replay {
namespace {

const std::string common =
    R"(10.0.0.1 - ann [17/May/2015:10:05:03 +0000] "GET /a HTTP/1.1" 200 203)";
const std::string json = R"({"time":1,"status":200,"ip":"a"})";

std::string ip_of(AccessLogParser parser, const std::string& line) {
  const auto read = parser.parse(line);
  return read && *read ? (*read)->ip : "unreadable";
}
AccessLogParser given(AccessLogFormat format) {
  return AccessLogParser(format);
}

TEST(AccessLogParser, FirstReadableLineDecides) {
  AccessLogParser parser(std::nullopt);
  EXPECT_FALSE(parser.parse("\r").value().has_value());
  EXPECT_FALSE(parser.parse("cut off\"}").has_value());
  EXPECT_TRUE(parser.parse(json).value().has_value());
  EXPECT_FALSE(parser.parse(common).has_value());
  EXPECT_TRUE(parser.parse(json).has_value());
}

TEST(AccessLogParser, ReadsLinesOfSeveralFormatsWithoutJsonInOneLog) {
  AccessLogParser parser(std::nullopt);
  for (const std::string& line :
       {common, common + R"( "-" "x")", common + R"( "-" "x" "-")", common + R"( "-" "x" 0.003)",
        "example.com:80 " + common + R"( "-" "x")"}) {
    EXPECT_EQ(parser.parse(line).value().value().ip, "10.0.0.1") << line;
  }
}

TEST(AccessLogParser, FollowsTheFormatThatIsGiven) {
  EXPECT_EQ(ip_of(given(AccessLogFormat::common), json), "unreadable");
  EXPECT_EQ(ip_of(given(AccessLogFormat::json), common), "unreadable");
  EXPECT_EQ(ip_of(given(AccessLogFormat::json), json), "a");
  EXPECT_EQ(ip_of(given(AccessLogFormat::main), common + R"( "-" "-" "-")"), "10.0.0.1");
  EXPECT_EQ(ip_of(given(AccessLogFormat::vhost_combined), "shop " + common), "10.0.0.1");
  EXPECT_EQ(ip_of(given(AccessLogFormat::combined), "a:80 " + common), "a:80");
  const auto format =
      FormatString::compile(R"($remote_addr [$time_local])", {.status = false}).value();
  EXPECT_EQ(ip_of(AccessLogParser(format), "b [17/May/2015:10:05:03 +0000]"), "b");
}

TEST(AccessLogParser, FormatsHaveNames) {
  for (const char* name : {"combined", "common", "main", "vhost_combined", "json"}) {
    EXPECT_EQ(to_string(access_log_format_from_string(name).value()), name);
  }
  EXPECT_FALSE(access_log_format_from_string("xml"));
}

TEST(AccessLogParser, NulBytesBeforeALineDoNotCount) {
  const std::string hole(5000, '\0');
  EXPECT_EQ(ip_of(AccessLogParser(std::nullopt), hole + common), "10.0.0.1");
  EXPECT_EQ(ip_of(AccessLogParser(std::nullopt), hole + json), "a");
  AccessLogParser parser(std::nullopt);
  EXPECT_EQ(parser.parse(hole).error().text(), "the line has only NUL bytes");
  EXPECT_EQ(parser.parse(hole + "\r").error().text(), "the line has only NUL bytes");
}

}  // namespace
}  // namespace kith::replay
