// SPDX-License-Identifier: Apache-2.0
#include "cli/replay/comparison.hpp"

#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/limits.hpp"

namespace kith::replay {
namespace {

using std::chrono::seconds;

LogLine request(int second, std::string ip = "a") {
  return {.at = seconds(second), .ip = std::move(ip)};
}

ReplayOptions two_in_ten_seconds() {
  ReplayOptions options;
  options.limiter = {.limit = 2, .window = seconds(10)};
  return options;
}

TEST(Comparison, CountsWhatEachAlgorithmAdmitsAndWhereItDiffersFromTheFirst) {
  // A fixed window from 10 to 20 admits both requests at its end and both at the start of the next;
  // a log counts four in two seconds.
  Comparison comparison(two_in_ten_seconds(),
                        {LimiterAlgorithm::sliding_log, LimiterAlgorithm::fixed_window});
  for (const int second : {10, 19, 20, 21, 22}) EXPECT_TRUE(comparison.add(request(second)));
  const auto& exact = comparison.runs()[0];
  const auto& fixed = comparison.runs()[1];
  EXPECT_EQ(comparison.requests(), 5U);
  EXPECT_EQ(exact.total, (Comparison::Counts{.admitted = 3, .limited = 2}));
  EXPECT_EQ(fixed.total, (Comparison::Counts{.admitted = 4, .limited = 1}));
  EXPECT_EQ(fixed.admitted_only_here, 1U);
  EXPECT_EQ(fixed.limited_only_here, 0U);
  EXPECT_EQ(exact.admitted_only_here + exact.limited_only_here, 0U);
}

TEST(Comparison, LimitsEachKeyByItself) {
  Comparison comparison(two_in_ten_seconds(), {LimiterAlgorithm::sliding_log});
  for (const char* ip : {"a", "a", "a", "b"}) EXPECT_TRUE(comparison.add(request(1, ip)));
  EXPECT_EQ(comparison.runs()[0].total, (Comparison::Counts{.admitted = 3, .limited = 1}));
}

TEST(Comparison, CountsKeysThatAreTooLongForALimiterApart) {
  ReplayOptions options = two_in_ten_seconds();
  options.by = KeyField::path;
  Comparison comparison(options, {LimiterAlgorithm::sliding_log, LimiterAlgorithm::gcra});
  const std::string longest(limits::key_size_bytes_max + 10, 'k');
  for (const char end : {'a', 'a', 'a', 'b', 'b'}) {
    EXPECT_TRUE(comparison.add({.at = seconds(1), .path = longest + end}));
  }
  EXPECT_TRUE(comparison.add({.at = seconds(1), .path = longest.substr(10)}));
  EXPECT_EQ(comparison.runs()[0].total, (Comparison::Counts{.admitted = 5, .limited = 1}));
}

TEST(Comparison, KeepsTheReasonsOfUnreadableLines) {
  Comparison comparison(two_in_ten_seconds(), {LimiterAlgorithm::sliding_log});
  comparison.add_unreadable(4, "nonsense");
  EXPECT_EQ(comparison.unreadable().text(), "line 4 is unreadable: nonsense\n");
  EXPECT_EQ(nlohmann::json::parse(to_json(comparison))["unreadable"], 1);
}

TEST(Comparison, StretchesOfTimeGetLongerAndLoseNothing) {
  Comparison comparison(two_in_ten_seconds(), {LimiterAlgorithm::sliding_log});
  for (int second = -20'000; second < 20'000; ++second) {
    EXPECT_TRUE(comparison.add(request(second)));
  }
  const auto& over_time = comparison.runs()[0].over_time;
  EXPECT_EQ(comparison.stretch(), seconds(16));
  EXPECT_LE(over_time.size(), 4096U);
  std::uint64_t sum = 0;
  for (const auto& [number, counts] : over_time) sum += counts.admitted + counts.limited;
  EXPECT_EQ(sum, 40'000U);
  EXPECT_EQ(over_time.begin()->first, -1250);  // from -20,000 s
}

TEST(Comparison, ItsChartHasABarForEachColumnAndItsJsonTheNumbers) {
  Comparison comparison(two_in_ten_seconds(),
                        {LimiterAlgorithm::sliding_log, LimiterAlgorithm::gcra});
  for (const int second : {0, 0, 0, 0, 2, 3, 3}) EXPECT_TRUE(comparison.add(request(second)));
  const std::string text = to_text(comparison);
  EXPECT_NE(text.find("a full bar is 4 requests"), std::string::npos) << text;
  EXPECT_NE(text.find("sliding_log      admitted |▄   |"), std::string::npos) << text;
  EXPECT_NE(text.find("limited  |▄ ▂▄|"), std::string::npos) << text;
  const auto json = nlohmann::json::parse(to_json(comparison));
  EXPECT_EQ(json["requests"], 7);
  EXPECT_EQ(json["column_s"], 1.0);
  EXPECT_EQ(json["algorithms"][0]["algorithm"], "sliding_log");
  EXPECT_EQ(json["algorithms"][0]["limited_over_time"], (std::vector{2, 0, 1, 2}));
}

TEST(Comparison, AnEmptyLogHasNoChart) {
  const Comparison comparison(two_in_ten_seconds(), {LimiterAlgorithm::sliding_log});
  EXPECT_NE(to_text(comparison).find("0 requests"), std::string::npos);
  EXPECT_EQ(nlohmann::json::parse(to_json(comparison))["algorithms"][0]["admitted"], 0);
}

TEST(Comparison, AlgorithmsAreNamedOnceEach) {
  const auto algorithms = parse_algorithms("sliding_log,token,gcra,fixed");
  ASSERT_TRUE(algorithms);
  EXPECT_EQ(*algorithms, (std::vector{LimiterAlgorithm::sliding_log, LimiterAlgorithm::token_bucket,
                                      LimiterAlgorithm::gcra, LimiterAlgorithm::fixed_window}));
  EXPECT_EQ(parse_algorithms("gcra,gcra").error().code(), ErrorCode::invalid_argument);
  EXPECT_FALSE(parse_algorithms(""));
  EXPECT_FALSE(parse_algorithms("gcra,"));
}

}  // namespace
}  // namespace kith::replay
