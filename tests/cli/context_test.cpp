// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/context.hpp"

#include <chrono>

#include <gtest/gtest.h>

namespace kith::cli {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint begin{1h};

TEST(Context, ATimeoutCountsFromTheStartOfTheCommand) {
  Context context;
  context.began = begin;
  context.timeout = 1s;
  EXPECT_EQ(context.time_left(10s, begin), 1s);
  EXPECT_EQ(context.time_left(10s, begin + 300ms), 700ms);
  EXPECT_EQ(context.time_left(10s, begin + 5s), 0s) << "never negative";
}

TEST(Context, WithoutATimeoutEachStepHasItsOwn) {
  Context context;
  context.began = begin;
  EXPECT_EQ(context.time_left(10s, begin + 5s), 10s);
}

}  // namespace
}  // namespace kith::cli
