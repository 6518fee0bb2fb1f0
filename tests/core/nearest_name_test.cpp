// SPDX-License-Identifier: Apache-2.0
#include "core/nearest_name.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace kith {
namespace {

const std::vector<std::string>& commands() {
  static const std::vector<std::string> names = {"start", "members", "leave", "names", "limit"};
  return names;
}

TEST(NearestName, FindsTheOneThatWasMeant) {
  EXPECT_EQ(nearest_name("membrs", commands()), "members");
  EXPECT_EQ(nearest_name("memebrs", commands()), "members");
  EXPECT_EQ(nearest_name("strat", commands()), "start");
  EXPECT_EQ(nearest_name("limits", commands()), "limit");
}

TEST(NearestName, FindsTheOneThatBeginsSo) {
  EXPECT_EQ(nearest_name("mem", commands()), "members");
}

TEST(NearestName, IsSilentWhenNothingIsNear) {
  EXPECT_EQ(nearest_name("deploy", commands()), std::nullopt);
  EXPECT_EQ(nearest_name("x", commands()), std::nullopt);
  EXPECT_EQ(nearest_name("", commands()), std::nullopt);
  EXPECT_EQ(did_you_mean("deploy", commands()), "");
}

TEST(NearestName, IsOfferedAsASentence) {
  EXPECT_EQ(did_you_mean("membrs", commands()), "; did you mean 'members'?");
}

}  // namespace
}  // namespace kith
