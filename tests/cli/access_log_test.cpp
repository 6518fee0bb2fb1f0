#include "cli/replay/access_log.hpp"

#include <string>

#include <gtest/gtest.h>

#include "cli/replay/log_time.hpp"

namespace kith::replay {
namespace {

const std::string common =
    R"(10.0.0.1 - ann [17/May/2015:10:05:03 +0000] "GET /a/b?x=1 HTTP/1.1" 200 203)";

/// The same line with one part exchanged.
std::string with(const std::string& old_part, const std::string& new_part) {
  std::string line = common;
  return line.replace(line.find(old_part), old_part.size(), new_part);
}
bool readable(const std::string& line) { return parse_common_line(line).has_value(); }
std::string path_of(const std::string& request) {
  return parse_common_line(with("GET /a/b?x=1 HTTP/1.1", request)).value().path;
}

TEST(CommonLine, IsReadAloneAndWithCombinedsFields) {
  const LogLine line = parse_common_line(common).value();
  EXPECT_EQ(format_rfc3339(line.at), "2015-05-17T10:05:03Z");
  EXPECT_EQ(line.ip, "10.0.0.1");
  EXPECT_EQ(line.user, "ann");
  EXPECT_EQ(line.path, "/a/b?x=1");
  EXPECT_EQ(line.status, 200);
  EXPECT_EQ(parse_common_line(common + R"( "-" "agent \"x\" 1")").value(), line);
  EXPECT_EQ(parse_common_line(common + " \t\r").value(), line);
  EXPECT_EQ(parse_common_line(common + R"( "" "" )").value(), line);
}

TEST(CommonLine, EndsAfterItsFields) {
  EXPECT_FALSE(readable(common + R"( "-")"));
  EXPECT_FALSE(readable(common + R"( "-" "agent)"));
  EXPECT_FALSE(readable(common + R"( "-" "agent\")"));
  EXPECT_FALSE(readable(common + R"( "-" "agent" more)"));
  EXPECT_FALSE(readable(common + R"( "-" "agent""more")"));
  EXPECT_FALSE(readable(common + " more"));
  EXPECT_FALSE(readable(common.substr(0, common.size() - 4)));
  EXPECT_FALSE(readable("not a log"));
}

TEST(CommonLine, HasFieldsOneSpaceApart) {
  EXPECT_FALSE(readable(' ' + common));
  EXPECT_FALSE(readable(with("ann [", "ann  [")));
  EXPECT_FALSE(readable(with("ann [", "ann[")));
  EXPECT_FALSE(readable(with("ann", "ann bell")));
}

TEST(CommonLine, BackslashMakesTheNextByteOrdinary) {
  EXPECT_EQ(path_of(R"(GET /a\"b HTTP/1.1)"), R"(/a\"b)");
  EXPECT_EQ(path_of(R"(GET /a\\)"), R"(/a\\)");
  EXPECT_FALSE(readable(with("HTTP/1.1", R"(HTTP/1.1\)")));
}

TEST(CommonLine, AnyBytesMayStandInsideQuotes) {
  using namespace std::string_literals;
  EXPECT_EQ(path_of("GET /\xFF\x00\x01 x"s), "/\xFF\x00\x01"s);
}

TEST(CommonLine, PathIsTheSecondWordOfTheRequest) {
  EXPECT_EQ(path_of("GET"), "");
  EXPECT_EQ(path_of(""), "");
  EXPECT_EQ(path_of("-"), "");
  EXPECT_EQ(path_of("  GET\t /x y"), "/x");
  EXPECT_EQ(path_of("GET http://h/x?y#z HTTP/1.0"), "http://h/x?y#z");
}

TEST(CommonLine, StatusIsThreeDigitsSizeDigitsOrNone) {
  EXPECT_TRUE(readable(with("200 203", "200 -")));
  EXPECT_TRUE(readable(with("200 203", "099 0")));
  EXPECT_FALSE(readable(with("200 203", "20 203")));
  EXPECT_FALSE(readable(with("200 203", "2000 203")));
  EXPECT_FALSE(readable(with("200 203", "20x 203")));
  EXPECT_FALSE(readable(with("200 203", "- 203")));
  EXPECT_FALSE(readable(with("200 203", "200 -1")));
  EXPECT_FALSE(readable(with("200 203", "200 --")));
  EXPECT_FALSE(readable(with("200 203", "200 1k")));
}

TEST(JsonLine, HasItsFieldsInAnyOrder) {
  const LogLine line =
      parse_json_line(
          R"( {"status":503,"extra":{"time":[1]},"path":"\/a b","user":"x","ip":"::1",)"
          R"("time":"2015-05-17T10:05:03+00:00"} )")
          .value();
  EXPECT_EQ(line, (LogLine{.at = *parse_unix_seconds("1431857103"),
                           .ip = "::1",
                           .user = "x",
                           .path = "/a b",
                           .status = 503}));
}

TEST(JsonLine, TimeAndStatusMayBeNumbersOrTexts) {
  for (const char* time : {"1431857103.5", "\"1431857103.5\"", "\"2015-05-17T10:05:03.5Z\""}) {
    const std::string line = std::string(R"({"ip":"a","status":"200","time":)") + time + '}';
    EXPECT_EQ(format_rfc3339(parse_json_line(line).value().at), "2015-05-17T10:05:03.5Z");
  }
}

TEST(JsonLine, WhatIsNotALineIsUnreadable) {
  for (const char* line :
       {"{", "[]", "null", "{}", R"({"time":1,"status":200})",
        R"({"time":1,"ip":"a"})", R"({"status":200,"ip":"a"})",
        R"({"time":1,"status":20,"ip":"a"})", R"({"time":1,"status":2000,"ip":"a"})",
        R"({"time":1,"status":200.0,"ip":"a"})", R"({"time":1,"status":-20,"ip":"a"})",
        R"({"time":true,"status":200,"ip":"a"})", R"({"time":1,"status":200,"ip":["a"]})",
        R"({"time":1,"status":200,"ip":"a"} x)", R"({"time":1,"status":200,"ip":"a"}{})",
        R"({"a":{"time":1,"status":200,"ip":"a"}})"}) {
    EXPECT_FALSE(parse_json_line(line).has_value()) << line;
  }
}

TEST(JsonLine, AbsentFieldsCountAsEmptyUnlessTheyAreRequired) {
  const std::string line = R"({"time":1,"status":200,"user":null})";
  EXPECT_EQ(parse_json_line(line, {.ip = false}).value().path, "");
  EXPECT_EQ(parse_json_line(line, {.ip = false, .user = true}).value().user, "");
  EXPECT_EQ(parse_json_line(line, {.ip = true}).error().text(), "the field 'ip' is missing");
  EXPECT_EQ(parse_json_line(R"({"time":1,"status":200,"ip":7,"ip":8})").value().ip, "8");
}

TEST(JsonLine, KeepsBytesThatAreNotUtf8) {
  const std::string raw = "/\xFF\x80\xC3\xA4\xED\xA0\x80\xC0\xF4\x8F\xBE\x7F\xE2\x82";
  const std::string line = R"({"time":1,"status":200,"ip":"a","path":")" + raw + "\"}";
  EXPECT_EQ(parse_json_line(line).value().path, raw);
  const std::string escaped = R"({"time":1,"status":200,"path":"\u00e4","ip":")" "\xE4\"}";
  EXPECT_EQ(parse_json_line(escaped).value().path, "\xC3\xA4");
  EXPECT_EQ(parse_json_line(escaped).value().ip, "\xE4");
}

TEST(AccessLogParser, FirstReadableLineDecides) {
  AccessLogParser parser(std::nullopt);
  const std::string json = R"({"time":1,"status":200,"ip":"a"})";
  EXPECT_FALSE(parser.parse("\r").value().has_value());
  EXPECT_FALSE(parser.parse("cut off\"}").has_value());
  EXPECT_TRUE(parser.parse(json).value().has_value());
  EXPECT_EQ(parser.format(), AccessLogFormat::json);
  EXPECT_FALSE(parser.parse(common).has_value());
  AccessLogParser given(AccessLogFormat::common);
  EXPECT_FALSE(given.parse(json).has_value());
  EXPECT_TRUE(given.parse(common + R"( "-" "-")").has_value());
  EXPECT_EQ(access_log_format_from_string("combined"), AccessLogFormat::combined);
}

TEST(BreakerName, IsTheFirstSegmentOfThePath) {
  const std::pair<const char*, const char*> cases[] = {
      {"/presentations/x/y.png", "/presentations"},
      {"/a", "/a"},
      {"/a?b=/c", "/a"},
      {"/a#b/c", "/a"},
      {"/", "/"},
      {"", "/"},
      {"/?x", "/"},
      {"?/a", "/"},
      {"//favicon.ico", "/"},
      {"*", "/*"},
      {"http://host/a/b", "/a"},
      {"HTTPS://host:8/a?b", "/a"},
      {"http://host", "/"},
      {"http://host/", "/"},
      {"http://host?a/b", "/"},
      {"/r?u=http://host/a", "/r"},
      {"/r/http://host/a", "/r"},
      {"a/b", "/a"},
      {"/%2Fa/b", "/%2Fa"},
  };
  for (const auto& [path, name] : cases) EXPECT_EQ(breaker_name(path), name) << path;
}

}  // namespace
}  // namespace kith::replay
