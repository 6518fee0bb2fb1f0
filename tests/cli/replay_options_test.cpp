// SPDX-License-Identifier: Apache-2.0
#include "cli/replay/replay_options.hpp"

#include <gtest/gtest.h>

namespace kith::replay {
namespace {

TEST(StatusRanges, AreReadFromText) {
  using Ranges = std::vector<StatusRange>;
  EXPECT_EQ(parse_status_ranges("500-599").value(), (Ranges{{500, 599}}));
  EXPECT_EQ(parse_status_ranges("429,500-503").value(), (Ranges{{429, 429}, {500, 503}}));
  for (const char* text :
       {"", "5xx", "599-500", "500-", "-599", "50", "500,", ",500", "500 -599"}) {
    EXPECT_EQ(parse_status_ranges(text).error().code(), ErrorCode::invalid_argument) << text;
  }
}

TEST(ReplayOptions, SayWhatALineMeans) {
  ReplayOptions options;
  const LogLine line{.ip = "i", .user = "u", .path = "p"};
  EXPECT_EQ(key_of(options, line), "i");
  options.by = key_field_from_string("user").value();
  EXPECT_EQ(key_of(options, line), "u");
  EXPECT_FALSE(required_fields(options).path);
  EXPECT_FALSE(required_fields(options).status);
  options.breaker = CircuitBreakerOptions{};
  EXPECT_TRUE(required_fields(options).path);
  EXPECT_TRUE(required_fields(options).status);
  EXPECT_FALSE(required_fields(options).ip);
  EXPECT_TRUE(is_failure(options, 599));
  EXPECT_FALSE(is_failure(options, 499));
  EXPECT_TRUE(validate(options).has_value());
  options.breaker->failure_threshold = 0;
  EXPECT_FALSE(validate(options).has_value());
}

}  // namespace
}  // namespace kith::replay
