// SPDX-License-Identifier: Apache-2.0
#include "transport/internal/log_pace.hpp"

#include <gtest/gtest.h>

namespace kith::transport::internal {
namespace {

TEST(LogPace, SaysTheFirstAtOnceAndTheRestTogether) {
  const ManualClock clock;
  const TimePoint begin = clock.now();
  LogPace pace;
  EXPECT_EQ(pace.due(0, begin), std::nullopt);
  EXPECT_EQ(pace.due(3, begin), 3U);
  EXPECT_EQ(pace.due(1000, begin + LogPace::apart / 2), std::nullopt);
  EXPECT_EQ(pace.due(1000, begin + LogPace::apart), 997U);
  EXPECT_EQ(pace.due(1000, begin + 3 * LogPace::apart), std::nullopt);
}

}  // namespace
}  // namespace kith::transport::internal
