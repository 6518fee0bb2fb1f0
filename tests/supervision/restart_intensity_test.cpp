// SPDX-License-Identifier: Apache-2.0
#include "supervision/restart_intensity.hpp"

#include <gtest/gtest.h>

namespace kith {
namespace {

using namespace std::chrono_literals;

TEST(RestartIntensity, AllowsSoManyRestartsInThePeriod) {
  RestartIntensity intensity(2, 5s);
  const TimePoint begin{1h};
  EXPECT_TRUE(intensity.allow(begin));
  EXPECT_TRUE(intensity.allow(begin + 1s));
  EXPECT_FALSE(intensity.allow(begin + 5s));
}

TEST(RestartIntensity, ForgetsWhatIsOlderThanThePeriod) {
  RestartIntensity intensity(1, 5s);
  const TimePoint begin{1h};
  EXPECT_TRUE(intensity.allow(begin));
  EXPECT_TRUE(intensity.allow(begin + 5001ms));
  EXPECT_FALSE(intensity.allow(begin + 10s));
}

TEST(RestartIntensity, OfZeroAllowsNone) {
  RestartIntensity intensity(0, 5s);
  EXPECT_FALSE(intensity.allow(TimePoint{1h}));
}

}  // namespace
}  // namespace kith
