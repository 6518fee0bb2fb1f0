// SPDX-License-Identifier: Apache-2.0
#include "cli/replay/format_string.hpp"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "cli/replay/log_time.hpp"

namespace kith::replay {
namespace {

const std::string main_format =
    R"($remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent )"
    R"("$http_referer" "$http_user_agent" "$http_x_forwarded_for")";
const std::string main_line =
    R"(10.0.0.1 - ann [17/May/2015:10:05:03 +0000] "GET /a?b=1 HTTP/1.1" 200 203 "-" "x" "-")";
constexpr RequiredFields everything{.ip = true, .user = true, .path = true, .status = true};
constexpr RequiredFields time_only{.ip = false, .status = false};

LogLine read(const std::string& format, std::string_view line) {
  const auto parsed = FormatString::compile(format, time_only).value().parse(line);
  EXPECT_TRUE(parsed) << format << ": " << parsed.error().text();
  return parsed ? *parsed : LogLine{};
}
std::string why(const std::string& format, std::string_view line) {
  const auto parsed = FormatString::compile(format, time_only).value().parse(line);
  return parsed ? "readable" : std::string(parsed.error().text());
}
std::string refusal(const std::string& format, RequiredFields required = everything) {
  const auto compiled = FormatString::compile(format, required);
  if (compiled) return "fine";
  EXPECT_EQ(compiled.error().code(), ErrorCode::invalid_argument);
  return std::string(compiled.error().text());
}
bool contains(const std::string& text, const char* part) {
  return text.find(part) != std::string::npos;
}

TEST(FormatString, ReadsLinesAsNginxWritesThem) {
  const FormatString format = FormatString::compile(main_format, everything).value();
  const LogLine line = format.parse(main_line).value();
  EXPECT_EQ(line, (LogLine{.at = *parse_unix_seconds("1431857103"),
                           .ip = "10.0.0.1",
                           .user = "ann",
                           .path = "/a?b=1",
                           .status = 200}));
  EXPECT_EQ(format.parse(main_line + " \r").value(), line);
}

TEST(FormatString, TakesTimesAndPathsFromAnyOfTheirVariables) {
  EXPECT_EQ(read("${msec}|$uri", "1431857103.250|/a").at, *parse_unix_seconds("1431857103.25"));
  EXPECT_EQ(read("$time_iso8601 $request_uri", "2015-05-17T12:05:03+02:00 /a?b").path, "/a?b");
  EXPECT_EQ(read("$msec $uri \"$request\" $request_uri", "1 /u \"GET /r x\" /q").path, "/q");
  EXPECT_EQ(read("$msec \"$request\" $uri", "1 \"GET /r x\" /u").path, "/r");
  const std::string two = "17/May/2015:10:05:03 +0000|5.5";
  EXPECT_EQ(read("$time_local|$msec", two).at, *parse_unix_seconds("5.5"));
}

TEST(FormatString, PassesOverVariablesThatItDoesNotKnow) {
  EXPECT_EQ(read("$upstream_addr $status [$msec]", "10.0.0.1:80, 10.0.0.2:80 502 [1]").status, 502);
  EXPECT_EQ(read("$a,$b;$msec", "x y,z;1").at, *parse_unix_seconds("1"));
  EXPECT_EQ(read("$msec $http_host", "1 any thing").at, *parse_unix_seconds("1"));
}

TEST(FormatString, UserMayHaveSpacesAndBracketsAndAddressesMayBeAList) {
  const std::string format = R"($http_x_forwarded_for - $remote_user [$time_local] "$request")";
  const std::string end = R"([17/May/2015:10:05:03 +0000] "GET /\"q\" x")";
  EXPECT_EQ(read(format, "10.0.0.1, 10.9.9.9 - ann [lee " + end).ip, "10.0.0.1");
  EXPECT_EQ(read(format, "10.0.0.1 - ann [lee " + end).user, "ann [lee");
  EXPECT_EQ(read(format, "10.0.0.1 - ann lee " + end).path, R"(/\"q\")");
  EXPECT_EQ(read("$ip|$remote_addr|$msec", "10.0.0.1|10.0.0.2|1").ip, "10.0.0.1");
}

TEST(FormatString, ReadsJsonThatNginxWrites) {
  const std::string format =
      R"({"t":"$time_iso8601","a":"$remote_addr","r":"$request","s":$status})";
  const LogLine line =
      read(format, R"({"t":"2015-05-17T10:05:03Z","a":"::1","r":"GET /a\"b x","s":404})");
  EXPECT_EQ(line.ip, "::1");
  EXPECT_EQ(line.path, R"(/a\"b)");
  EXPECT_EQ(line.status, 404);
}

TEST(FormatString, SaysWhyALineIsUnreadable) {
  EXPECT_EQ(why("<$msec> $status", "1> 200"), "the line does not start as the format does");
  EXPECT_EQ(why("<$msec> $status", "<1"), "'> ' does not follow $msec");
  EXPECT_EQ(why("<$msec> $status", "<x> 200"), no_such_time);
  EXPECT_EQ(why("<$msec> $status", "<1> 2000"), "the status is not three digits");
  EXPECT_EQ(why("<$msec> $status", "<1> -"), "readable");
  EXPECT_EQ(why("<$msec>", "<1> x"), "the line continues after the last field of the format");
  EXPECT_EQ(why("$ip $msec", ", 1"), "the host is missing");
  EXPECT_EQ(why(main_format, main_line.substr(0, main_line.size() - 2)),
            "'\"' does not follow $http_x_forwarded_for");
}

TEST(FormatString, RefusesWhatCannotBeTakenApart) {
  EXPECT_TRUE(contains(refusal("$remote_addr$time_local \"$request\" $status"), "$remote_addr"));
  EXPECT_TRUE(contains(refusal("${msec}${status}"), "no text separates $msec"));
  EXPECT_TRUE(contains(refusal("$msec $"), "'$' without a variable name"));
  EXPECT_TRUE(contains(refusal("$msec ${status"), "'$' without a variable name"));
  EXPECT_TRUE(contains(refusal("$msec $-"), "'$' without a variable name"));
}

TEST(FormatString, RefusesFormatsThatLackWhatTheRunNeeds) {
  EXPECT_EQ(refusal(main_format), "fine");
  EXPECT_TRUE(contains(refusal(""), "has no time"));
  EXPECT_TRUE(contains(refusal("$remote_addr $request"), "has no time"));
  EXPECT_TRUE(contains(refusal("$msec $request"), "has no client address"));
  EXPECT_TRUE(contains(refusal("$msec $remote_addr"), "has no user"));
  EXPECT_TRUE(contains(refusal("$msec $remote_addr $remote_user"), "has no path"));
  EXPECT_TRUE(contains(refusal("$msec $remote_addr $remote_user $uri"), "has no status"));
  EXPECT_EQ(refusal("$msec", time_only), "fine");
}

}  // namespace
}  // namespace kith::replay
