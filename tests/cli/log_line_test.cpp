// SPDX-License-Identifier: Apache-2.0
#include "cli/replay/log_line.hpp"

#include <utility>

#include <gtest/gtest.h>

namespace kith::replay {
namespace {

TEST(BreakerName, IsTheFirstSegmentOfThePath) {
  const std::pair<const char*, const char*> cases[] = {
      {"/presentations/x/y.png", "/presentations"},
      {"/a", "/a"},
      {"/a?b=/c", "/a"},
      {"/a#b/c", "/a"},
      {"/", "/"},
      {"", "/"},
      {"/?x", "/"},
      {"?/a", "/"},
      {"//favicon.ico", "/"},
      {"*", "/*"},
      {"http://host/a/b", "/a"},
      {"HTTPS://host:8/a?b", "/a"},
      {"http://host", "/"},
      {"http://host/", "/"},
      {"http://host?a/b", "/"},
      {"/r?u=http://host/a", "/r"},
      {"/r/http://host/a", "/r"},
      {"a/b", "/a"},
      {"/%2Fa/b", "/%2Fa"},
  };
  for (const auto& [path, name] : cases) EXPECT_EQ(breaker_name(path), name) << path;
}

}  // namespace
}  // namespace kith::replay
