// SPDX-License-Identifier: Apache-2.0
#include "cli/replay/report.hpp"

#include <string>

#include <gtest/gtest.h>

#include "cli/replay/utf8.hpp"

namespace kith::replay {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

ReplayReport example() {
  ReplayReport report{.requests = 5,
                      .unreadable = {},
                      .by = KeyField::user,
                      .limiter = {.limit = 2},
                      .admitted = 4,
                      .limited = 1,
                      .keys = {{"b", 1, 1, 0}, {"a\xFF\x1B", 1, 1, 0}, {"c", 3, 2, 1}},
                      .breakers = {{"/x", 4, 1, 2, {}}, {"/", 0, 0, 0, {}}},
                      .nodes = {{"one", 3}, {"two", 2}},
                      .seconds = 0.25};
  report.unreadable.add(3, "the time is not in brackets");
  report.breakers[0].transitions = {{seconds(1'431'857'103), BreakerState::open},
                                    {milliseconds(1'431'857'163'500), BreakerState::half_open}};
  sort(report);
  return report;
}

TEST(ReplayReport, JsonHasTheDocumentedShape) {
  EXPECT_EQ(to_json(example()),
            R"({"requests":5,"unreadable":1,"limiter":{"name":"user","limit":2,"window_s":60,)"
            R"("admitted":4,"limited":1,"keys":[)"
            R"({"key":"c","requests":3,"admitted":2,"limited":1},)"
            "{\"key\":\"a\xEF\xBF\xBD\\u001b\",\"requests\":1,\"admitted\":1,\"limited\":0},"
            R"({"key":"b","requests":1,"admitted":1,"limited":0}]},)"
            R"("breakers":[{"name":"/","requests":0,"failures":0,"refused":0,"transitions":[]},)"
            R"({"name":"/x","requests":4,"failures":1,"refused":2,"transitions":[)"
            R"({"at":"2015-05-17T10:05:03Z","to":"open"},)"
            R"({"at":"2015-05-17T10:06:03.5Z","to":"half_open"}]}],)"
            R"("nodes":[{"name":"one","requests":3},{"name":"two","requests":2}],)"
            R"("seconds":0.25,"requests_per_second":20.0})");
}

TEST(ReplayReport, JsonOfNothingHasEmptyLists) {
  ReplayReport report;
  report.limiter.window = milliseconds(500);
  EXPECT_EQ(to_json(report),
            R"({"requests":0,"unreadable":0,"limiter":{"name":"ip","limit":100,"window_s":0.5,)"
            R"("admitted":0,"limited":0,"keys":[]},"breakers":[],"nodes":[],)"
            R"("seconds":0.0,"requests_per_second":0.0})");
}

TEST(ReplayReport, TextIsAligned) {
  EXPECT_EQ(to_text(example(), 2),
            "5 requests in 0.25 s (20/s)\n"
            "limit 2 per 60 s by user (sliding_log): 4 admitted, 1 limited\n"
            "unreadable: 1\n"
            "\n"
            "user  requests  admitted  limited\n"
            "c            3         2        1\n"
            "a\xEF\xBF\xBD?          1         1        0\n"
            "and 1 more\n"
            "\n"
            "breaker  requests  failures  refused\n"
            "/               0         0        0\n"
            "/x              4         1        2"
            "  open 2015-05-17T10:05:03Z, half_open 2015-05-17T10:06:03.5Z\n"
            "\n"
            "node  requests   share\n"
            "one          3  60.0 %\n"
            "two          2  40.0 %\n");
}

TEST(ReplayReport, TextCutsLongNames) {
  ReplayReport report;
  report.keys = {{std::string(100, 'x'), 1'234'567, 0, 0}, {"", 1, 1, 0}};
  const std::string text = to_text(report);
  EXPECT_NE(text.find(std::string(48, 'x') + "…  1,234,567"), std::string::npos) << text;
  EXPECT_NE(text.find("\n(empty)  "), std::string::npos) << text;
}

TEST(UnreadableLines, AreNamedOneByOneWhileTheyAreFew) {
  UnreadableLines lines;
  EXPECT_EQ(lines.text(), "");
  lines.add(3, "the size is missing");
  lines.add(7, "this is not JSON");
  EXPECT_EQ(lines.count(), 2U);
  EXPECT_EQ(lines.text(),
            "line 3 is unreadable: the size is missing\nline 7 is unreadable: this is not JSON\n");
}

TEST(UnreadableLines, AreCountedByReasonWhenTheyAreMany) {
  UnreadableLines lines;
  for (std::uint64_t i = 1; i <= 1300; ++i) lines.add(i, i % 13 == 0 ? "rare" : "frequent");
  EXPECT_EQ(lines.first().size(), UnreadableLines::kept_max);
  const std::string text = lines.text();
  const std::string end = text.substr(text.find("..."));
  EXPECT_EQ(end,
            "... and 1,280 more; all 1,300 by reason:\n"
            "       1,200  frequent\n"
            "         100  rare\n");
}

TEST(Utf8, BadBytesAreReplacedByMaximalParts) {
  const std::string mark = "\xEF\xBF\xBD";
  EXPECT_EQ(replace_invalid_utf8("a\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80"),
            "a\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80");
  EXPECT_EQ(replace_invalid_utf8("\xFFz\x80"), mark + "z" + mark);
  EXPECT_EQ(replace_invalid_utf8("\xE2\x82z\xF0\x9F\x98"), mark + "z" + mark);
  EXPECT_EQ(replace_invalid_utf8("\xED\xA0\x80"), mark + mark + mark);
  EXPECT_EQ(replace_invalid_utf8("\xC0\xAF"), mark + mark);
}

}  // namespace
}  // namespace kith::replay
