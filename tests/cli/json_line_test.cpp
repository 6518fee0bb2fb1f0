// SPDX-License-Identifier: Apache-2.0
#include "cli/replay/json_line.hpp"

#include <string>

#include <gtest/gtest.h>

#include "cli/replay/log_time.hpp"

namespace kith::replay {
namespace {

TEST(JsonLine, HasItsFieldsInAnyOrder) {
  const LogLine line =
      parse_json_line(R"( {"status":503,"extra":{"time":[1]},"path":"\/a b","user":"x","ip":"::1",)"
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
       {"{", "[]", "null", "{}", R"({"time":1,"status":200})", R"({"time":1,"ip":"a"})",
        R"({"status":200,"ip":"a"})", R"({"time":1,"status":20,"ip":"a"})",
        R"({"time":1,"status":2000,"ip":"a"})", R"({"time":1,"status":200.0,"ip":"a"})",
        R"({"time":1,"status":-20,"ip":"a"})", R"({"time":true,"status":200,"ip":"a"})",
        R"({"time":1,"status":200,"ip":["a"]})", R"({"time":1,"status":200,"ip":"a"} x)",
        R"({"time":1,"status":200,"ip":"a"}{})", R"({"a":{"time":1,"status":200,"ip":"a"}})"}) {
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
  const std::string escaped = R"({"time":1,"status":200,"path":"\u00e4","ip":")"
                              "\xE4\"}";
  EXPECT_EQ(parse_json_line(escaped).value().path, "\xC3\xA4");
  EXPECT_EQ(parse_json_line(escaped).value().ip, "\xE4");
}

using std::chrono::seconds;

LogLine parsed(const std::string& line, RequiredFields required = {}) {
  const auto read = parse_json_line(line, required);
  EXPECT_TRUE(read) << line << ": " << read.error().text();
  return read ? *read : LogLine{};
}

TEST(JsonLine, HasTheNamesOfNginx) {
  const LogLine expected{.at = *parse_unix_seconds("1431857103"),
                         .ip = "10.0.0.1",
                         .user = "ann",
                         .path = "/a?b=1",
                         .status = 200};
  const std::string rest = R"("remote_addr":"10.0.0.1","remote_user":"ann","status":"200",)"
                           R"("request_method":"GET","request_time":"0.003",)";
  for (const char* time : {R"("time_iso8601":"2015-05-17T12:05:03+02:00")",
                           R"("time_local":"17/May/2015:10:05:03 +0000")",
                           R"("msec":"1431857103.000")", R"("msec":1431857103.000)"}) {
    for (const char* path : {R"("request":"GET /a?b=1 HTTP/1.1")", R"("request_uri":"/a?b=1")"}) {
      EXPECT_EQ(parsed("{" + rest + time + "," + path + "}"), expected) << time << path;
    }
  }
}

TEST(JsonLine, HasTheNamesOfCaddy) {
  const std::string line =
      R"({"level":"info","ts":1431857103.5241,"logger":"http.log.access","msg":"handled request",)"
      R"("request":{"remote_ip":"10.0.0.1","remote_port":"5000","client_ip":"10.0.0.2",)"
      R"("proto":"HTTP/2.0","method":"GET","host":"h","uri":"/a?b=1",)"
      R"("headers":{"uri":["/x"],"client_ip":"c"},"tls":{"uri":"/y"}},)"
      R"("bytes_read":0,"user_id":"ann","duration":0.000929675,"size":10900,"status":200})";
  EXPECT_EQ(parsed(line), (LogLine{.at = *parse_unix_seconds("1431857103.5241"),
                                   .ip = "10.0.0.2",
                                   .user = "ann",
                                   .path = "/a?b=1",
                                   .status = 200}));
  EXPECT_EQ(parsed(R"({"ts":1,"status":200,"request":{"remote_ip":"r"}})").ip, "r");
  EXPECT_EQ(parsed(R"({"ts":1,"status":200,"remote_ip":"q","ip":"i"})").ip, "i");
  EXPECT_FALSE(parse_json_line(R"({"ts":1,"remote_ip":"q","status":200})"));
  EXPECT_FALSE(parse_json_line(R"({"ts":1,"request":[{"remote_ip":"q"}],"status":200})"));
}

TEST(JsonLine, FirstNameThatHasAValueCounts) {
  const std::string line = R"({"status":200,"request":"GET /r x","uri":"/u","request_uri":"/q",)"
                           R"("time_local":"x","msec":5,"time":null,"remote_user":"b","user":null,)"
                           R"("http_x_forwarded_for":"10.9.9.9","remote_addr":"10.0.0.1"})";
  const LogLine read = parsed(line);
  EXPECT_EQ(read.at, seconds(5));
  EXPECT_EQ(read.path, "/q");
  EXPECT_EQ(read.user, "b");
  EXPECT_EQ(read.ip, "10.0.0.1");
  EXPECT_EQ(parsed(R"({"time":1,"ip":"a","status":200,"uri":"/u","request":"-"})").path, "");
}

TEST(JsonLine, KeepsHexEscapesThatNginxWritesWithoutEscapeJson) {
  const std::string end = R"( x","time":1,"status":200,"ip":"a"})";
  EXPECT_EQ(parsed(R"({"request":"\x16\x03 \xE9\\x41)" + end).path, R"(\xE9\x41)");
  EXPECT_EQ(parsed(R"({"request":"G /\x22\"\\\n)" + end).path, R"(/\x22"\)");
  EXPECT_FALSE(parse_json_line(R"({"request":"\x16\q)" + end));
  EXPECT_FALSE(parse_json_line(R"({"request":"\x16)"));
}

TEST(JsonLine, FirstOfSeveralAddressesCounts) {
  EXPECT_EQ(parsed(R"({"time":1,"status":200,"ip":"10.0.0.1, 10.9.9.9"})").ip, "10.0.0.1");
}

TEST(JsonLine, StatusMayBeAbsentWhenNoBreakerNeedsIt) {
  for (const char* status : {"", R"(,"status":null)", R"(,"status":"-")", R"(,"status":0)"}) {
    const std::string line = std::string(R"({"time":1,"ip":"a")") + status + "}";
    EXPECT_EQ(parsed(line, {.status = false}).status, 0) << line;
    EXPECT_EQ(parse_json_line(line).error().text(), "the status is missing, and breakers need it");
  }
  EXPECT_FALSE(parse_json_line(R"({"time":1,"ip":"a","status":20})", {.status = false}));
}

}  // namespace
}  // namespace kith::replay
