// SPDX-License-Identifier: Apache-2.0
#include "cluster/suspicion.hpp"

#include <chrono>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "cluster/awareness.hpp"

namespace kith::cluster {
namespace {

using namespace std::chrono_literals;
constexpr TimePoint begin{1h};

/// Compares durations up to rounding to whole milliseconds.
void expect_about(Duration actual, Duration expected) {
  EXPECT_LE(std::chrono::abs(actual - expected), 2ms)
      << std::chrono::duration<double>(actual).count() << " s";
}

TEST(Suspicion, ConfirmationsShortenWhatIsLeftAsRecorded) {  // M-001
  const SuspicionBounds bounds{.shortest = 2s, .longest = 30s, .confirmations = 3};
  expect_about(remaining_suspicion(0, 0s, bounds), 30s);
  expect_about(remaining_suspicion(1, 2s, bounds), 14s);
  expect_about(remaining_suspicion(2, 3s, bounds), 4810ms);
  expect_about(remaining_suspicion(3, 4s, bounds), -2s);
  expect_about(remaining_suspicion(4, 5s, bounds), -3s);
  expect_about(remaining_suspicion(5, 10s, bounds), -8s);
}

TEST(Suspicion, OnlyOtherNamesConfirmAndOnlyAsManyAsCount) {  // M-002
  const std::vector<Duration> fires{2000ms, 1250ms, 810ms, 500ms, 500ms};
  for (std::size_t count = 0; count < fires.size(); ++count) {
    Suspicion suspicion("me", {.shortest = 500ms, .longest = 2s, .confirmations = 3}, begin);
    EXPECT_FALSE(suspicion.confirm("me")) << "the accuser itself";
    for (std::size_t i = 0; i < count; ++i) {
      const std::string name = "n" + std::to_string(i);
      EXPECT_EQ(suspicion.confirm(name), i < 3) << "a fourth name is no news";
      EXPECT_FALSE(suspicion.confirm(name)) << "a repeated name";
    }
    expect_about(suspicion.deadline() - begin, fires[count]);
  }
}

TEST(Suspicion, SmallClustersDoNotWaitForConfirmations) {  // M-004
  for (const std::size_t members : {2U, 3U, 4U}) {
    const auto bounds = suspicion_bounds(members, 100ms, 5, 2);
    expect_about(remaining_suspicion(0, 0s, bounds), 500ms);
  }
  expect_about(remaining_suspicion(0, 0s, suspicion_bounds(5, 100ms, 5, 2)), 1000ms);
  const std::vector<Duration> fires{1000ms, 750ms, 604ms, 500ms, 500ms};
  for (std::size_t confirmed = 0; confirmed < fires.size(); ++confirmed) {
    expect_about(remaining_suspicion(confirmed, 0s, suspicion_bounds(6, 100ms, 5, 2)),
                 fires[confirmed]);
  }
}

TEST(Suspicion, GrowsWithTheLogarithmOfTheCluster) {  // 4/24 s, 8/48 s, 12/72 s
  EXPECT_EQ(suspicion_bounds(10, 1s, 4, 6).shortest, 4s);
  EXPECT_EQ(suspicion_bounds(10, 1s, 4, 6).longest, 24s);
  EXPECT_EQ(suspicion_bounds(100, 1s, 4, 6).longest, 48s);
  EXPECT_EQ(suspicion_bounds(1000, 1s, 4, 6).shortest, 12s);
}

TEST(Suspicion, ExtendedByTheTimeItsOwnerStoodStill) {
  Suspicion suspicion("me", {.shortest = 500ms, .longest = 2s, .confirmations = 0}, begin);
  suspicion.extend(3s);
  EXPECT_EQ(suspicion.deadline(), begin + 3500ms);
}

TEST(Awareness, StaysWithinItsRangeAndScales) {  // M-005
  Awareness awareness;
  const std::vector<std::pair<int, int>> steps{{0, 0},  {-1, 0}, {-10, 0}, {1, 1},  {-1, 0},
                                               {10, 7}, {-1, 6}, {-1, 5},  {-1, 4}, {-1, 3},
                                               {-1, 2}, {-1, 1}, {-1, 0},  {-1, 0}};
  for (const auto& [delta, score] : steps) {
    awareness.apply(delta);
    EXPECT_EQ(awareness.score(), score);
    EXPECT_EQ(awareness.scale(1s), std::chrono::seconds{score + 1});
  }
}

}  // namespace
}  // namespace kith::cluster
