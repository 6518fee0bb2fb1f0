// SPDX-License-Identifier: Apache-2.0
#include "core/saturating.hpp"

#include <cmath>
#include <cstdint>
#include <limits>

#include <gtest/gtest.h>

namespace kith {
namespace {

using namespace std::chrono_literals;

TEST(Saturating, ANumberBeyondAnIntegerBecomesItsNearestOne) {
  EXPECT_EQ(saturating_cast<std::int64_t>(1e300), INT64_MAX);
  EXPECT_EQ(saturating_cast<std::int64_t>(-1e300), INT64_MIN);
  EXPECT_EQ(saturating_cast<std::int64_t>(9223372036854775808.0), INT64_MAX);
  EXPECT_EQ(saturating_cast<std::int64_t>(HUGE_VAL), INT64_MAX);
  EXPECT_EQ(saturating_cast<std::int64_t>(std::numeric_limits<double>::quiet_NaN()), 0);
  EXPECT_EQ(saturating_cast<std::int64_t>(-2.9), -2);
  EXPECT_EQ(saturating_cast<std::uint32_t>(-1.0), 0U);
  EXPECT_EQ(saturating_cast<std::uint32_t>(5e9), UINT32_MAX);
}

TEST(Saturating, ATimeOfAnotherUnitStopsAtTheLongest) {
  EXPECT_EQ(saturating_duration(std::chrono::seconds(3)), 3s);
  EXPECT_EQ(saturating_duration(std::chrono::seconds(INT64_MAX)), Duration::max());
  EXPECT_EQ(saturating_duration(std::chrono::milliseconds(INT64_MIN)), Duration::min());
  EXPECT_EQ(saturating_duration(std::chrono::hours(-1)), -1h);
}

TEST(Saturating, AMultipleOfATimeNeverChangesItsSign) {
  EXPECT_EQ(saturating_multiply(3s, 1.5), 4500ms);
  EXPECT_EQ(saturating_multiply(1h, 1e30), Duration::max());
  EXPECT_EQ(saturating_multiply(Duration::max(), 0.9), Duration::max());
  EXPECT_EQ(saturating_multiply(Duration::max() - 1ns, 1.1), Duration::max());
  EXPECT_EQ(saturating_multiply(0s, HUGE_VAL), 0s);
}

}  // namespace
}  // namespace kith
