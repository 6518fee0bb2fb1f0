// SPDX-License-Identifier: Apache-2.0
#include "cli/replay/common_line.hpp"

#include <cstddef>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "cli/replay/log_time.hpp"

namespace kith::replay {
namespace {

const std::string common =
    R"(10.0.0.1 - ann [17/May/2015:10:05:03 +0000] "GET /a/b?x=1 HTTP/1.1" 200 203)";

/// Returns the line with one part replaced.
std::string with(const std::string& old_part, const std::string& new_part) {
  std::string line = common;
  return line.replace(line.find(old_part), old_part.size(), new_part);
}
bool readable(const std::string& line) {
  return parse_common_line(line).has_value();
}
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
  EXPECT_FALSE(readable(with("ann [", "ann[")));
  EXPECT_FALSE(readable(with("10.0.0.1 -", "10.0.0.1  -")));
  EXPECT_FALSE(readable(with("- ann ", "ann ")));
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

LogLine parsed(const std::string& line, VirtualHost vhost = VirtualHost::detect) {
  const auto read = parse_common_line(line, {}, vhost);
  EXPECT_TRUE(read) << line << ": " << read.error().text();
  return read ? *read : LogLine{};
}
std::string why(const std::string& line) {
  return parse_common_line(line).error().text();
}
std::string host_of(const std::string& head, VirtualHost vhost = VirtualHost::detect) {
  return parsed(with("10.0.0.1 - ann", head), vhost).ip;
}
std::string user_of(const std::string& head) {
  return parsed(with("10.0.0.1 - ann", head)).user;
}

TEST(CommonLine, UserMayHaveSpacesAndBrackets) {
  EXPECT_EQ(user_of("10.0.0.1 - ann lee"), "ann lee");
  EXPECT_EQ(user_of("10.0.0.1 - ann  lee "), "ann  lee ");
  EXPECT_EQ(user_of("10.0.0.1 - ann [at] home"), "ann [at] home");
  EXPECT_EQ(user_of("10.0.0.1 - [17/May/2015:10:05:03 +0000] x"), "[17/May/2015:10:05:03 +0000] x");
  EXPECT_EQ(user_of("10.0.0.1 - "), "");
  EXPECT_EQ(user_of("10.0.0.1 - -"), "-");
  EXPECT_EQ(user_of("10.0.0.1 ident \"\""), "\"\"");
  EXPECT_EQ(host_of("10.0.0.1 ident ann lee"), "10.0.0.1");
}

TEST(CommonLine, FirstOfSeveralAddressesCounts) {
  EXPECT_EQ(host_of("10.0.0.1, 10.9.9.9 - -"), "10.0.0.1");
  EXPECT_EQ(host_of("2001:db8::7,10.9.9.9, 10.0.0.3 - ann lee"), "2001:db8::7");
  EXPECT_EQ(host_of("unknown,  10.9.9.9 - -"), "unknown");
  EXPECT_EQ(host_of(", 10.9.9.9 - -"), "10.9.9.9");
  EXPECT_EQ(user_of("10.0.0.1, 10.9.9.9 - ann lee"), "ann lee");
  EXPECT_EQ(why(with("10.0.0.1 - ann", ",")), "the host is missing");
}

TEST(CommonLine, VirtualHostMayComeFirst) {
  EXPECT_EQ(host_of("www.example.com:80 10.0.0.1 - ann"), "10.0.0.1");
  EXPECT_EQ(host_of("www.example.com:443 client.example.net - ann lee"), "client.example.net");
  EXPECT_EQ(host_of("www.example.com 10.0.0.1 - -"), "10.0.0.1");
  EXPECT_EQ(host_of("www.example.com 2001:db8::7, 10.0.0.1 - -"), "2001:db8::7");
  EXPECT_EQ(host_of("[2001:db8::1]:80 2001:db8::7 - -"), "2001:db8::7");
  EXPECT_EQ(user_of("www.example.com:80 10.0.0.1 - ann lee"), "ann lee");
  EXPECT_EQ(host_of("10.0.0.1:5000 - ann lee"), "10.0.0.1:5000");
  EXPECT_EQ(host_of("2001:db8::7 ident ann lee"), "2001:db8::7");
  EXPECT_EQ(host_of("2001:db8::7 - -"), "2001:db8::7");
}

TEST(CommonLine, VirtualHostThatIsAskedForIsAlwaysDropped) {
  EXPECT_EQ(host_of("shop client - ann", VirtualHost::always), "client");
  EXPECT_EQ(host_of("www.example.com:80 - - ann", VirtualHost::always), "-");
  EXPECT_FALSE(parse_common_line(common, {}, VirtualHost::always));
  EXPECT_EQ(parsed(with("10.0.0.1 - ann", "a:80 10.0.0.1 - ann"), VirtualHost::never).ip, "a:80");
}

TEST(CommonLine, MoreFieldsMayFollow) {
  const LogLine line = parse_common_line(common).value();
  for (const char* more :
       {R"( "-" "agent" "10.0.0.1, 10.9.9.9")", R"( "-" "agent" "-")", R"( "-" "agent" 0.003)",
        R"( "-" "agent" "-" 0.003 1431 -)", R"( "-" "agent" 0.003 "-")", " 1234", " 0.003",
        R"( 0.003 "-" "agent")", " -"}) {
    EXPECT_EQ(parsed(common + more), line) << more;
  }
  for (const char* more :
       {R"( "-" "agent" 0.)", R"( "-" "agent" .5)", R"( "-" "agent" -.)", R"( "-" "agent" 1.2.3)",
        R"( "-" 0.003)", R"( 0.003 "-")", R"( "-" "agent"  "-")", R"( "-" "agent" "x)"}) {
    EXPECT_FALSE(readable(common + more)) << more;
  }
}

TEST(CommonLine, StatusMayBeAbsentWhenNoBreakerNeedsIt) {
  const std::string line = with("200 203", "- 203");
  EXPECT_EQ(parse_common_line(line, {.status = false}).value().status, 0);
  EXPECT_EQ(why(line), "the status is missing, and breakers need it");
  EXPECT_FALSE(parse_common_line(with("200 203", "20 203"), {.status = false}));
}

TEST(CommonLine, HalfALineSaysWhatIsMissing) {
  const std::string line = common + R"( "ref" "agent")";
  const std::pair<std::size_t, const char*> cuts[] = {
      {3, "the time is not in brackets"},
      {20, "no quoted request follows the time"},
      {common.find("/a/b"), "the request has no closing quote"},
      {common.find("200"), "the status is missing"},
      {common.find("200") + 1, "a space is missing between two fields"},
      {common.find("203"), "the size is missing"},
      {common.size() + 4, "the referer has no closing quote"},
      {common.size() + 6, "the agent is missing"},
      {line.size() - 1, "the agent has no closing quote"}};
  for (const auto& [size, reason] : cuts) EXPECT_EQ(why(line.substr(0, size)), reason) << size;
  EXPECT_EQ(why(line.substr(line.find("10:05"))), "the time is not in brackets");
  EXPECT_EQ(why(line.substr(line.find("GET"))), "the time is not in brackets");
}

}  // namespace
}  // namespace kith::replay
