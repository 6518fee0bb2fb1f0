// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <functional>
#include <random>
#include <set>
#include <thread>
#include <tuple>
#include <vector>

#include <climits>
#include <gtest/gtest.h>

#include "resilience/circuit_breaker.hpp"

namespace kith {
namespace {

/// An operation of a thread, between two reads of one counter.
struct Step {
  enum class Kind : std::uint8_t { ask, fail, succeed };
  int begin = 0;
  int end = 0;
  Kind kind = Kind::ask;
  bool permitted = false;  ///< result of a request
};

constexpr int threshold = 2;

/// A breaker that opens after N failures in a row and never closes again.
struct Model {
  bool open = false;
  int failures = 0;
  friend auto operator<=>(const Model&, const Model&) = default;

  /// Applies the step to the model; returns whether its result is possible.
  bool does(const Step& step) {
    if (step.kind == Step::Kind::ask) return step.permitted == !open;
    if (open) return true;
    failures = step.kind == Step::Kind::fail ? failures + 1 : 0;
    open = failures >= threshold;
    return true;
  }
};

/// Returns whether the steps could have happened sequentially, each between its begin and its end.
/// Source: Wing and Gong, "Testing and verifying concurrent objects" (1993).
bool is_linearizable(const std::vector<Step>& steps) {
  std::set<std::tuple<std::uint64_t, Model>> seen;
  const std::function<bool(std::uint64_t, Model)> goes_on = [&](std::uint64_t done, Model model) {
    if (done + 1 == std::uint64_t{1} << steps.size()) return true;
    if (!seen.emplace(done, model).second) return false;
    int first_end = INT_MAX;
    for (std::size_t i = 0; i < steps.size(); ++i) {
      if ((done >> i & 1U) == 0) first_end = std::min(first_end, steps[i].end);
    }
    for (std::size_t i = 0; i < steps.size(); ++i) {
      if ((done >> i & 1U) != 0 || steps[i].begin > first_end) continue;
      Model after = model;
      if (after.does(steps[i]) && goes_on(done | std::uint64_t{1} << i, after)) return true;
    }
    return false;
  };
  return goes_on(0, {});
}

using enum Step::Kind;

TEST(BreakerHistories, TheCheckerKnowsWhatCannotBe) {
  EXPECT_TRUE(is_linearizable({{0, 1, ask, true}, {2, 3, fail}, {4, 5, ask, true}}));
  // Two failures in a row, and a request permitted afterwards.
  EXPECT_FALSE(is_linearizable({{0, 1, fail}, {2, 3, fail}, {4, 5, ask, true}}));
  EXPECT_TRUE(is_linearizable({{0, 1, fail}, {2, 5, fail}, {4, 6, ask, true}}));
  EXPECT_TRUE(is_linearizable({{0, 1, fail}, {2, 3, succeed}, {4, 5, fail}, {6, 7, ask, true}}));
  EXPECT_FALSE(is_linearizable({{0, 1, fail}, {2, 3, ask, false}}));
}

TEST(BreakerHistories, B047_ParallelUseIsAsIfOneAfterAnother) {
  constexpr int thread_count = 3;
  constexpr int rounds = 400;
  const ManualClock clock;
  for (int round = 0; round < rounds; ++round) {
    CircuitBreaker breaker({.failure_threshold = threshold}, clock);
    std::atomic<int> counter{0};
    std::atomic<int> ready{0};
    std::vector<std::vector<Step>> done(thread_count);
    std::vector<std::thread> threads;
    for (int t = 0; t < thread_count; ++t) {
      threads.emplace_back([&, t] {
        std::mt19937 random(static_cast<unsigned>(round * thread_count + t));
        ++ready;
        while (ready < thread_count) std::this_thread::yield();
        for (int i = 0; i < 3; ++i) {
          Step asked{.begin = counter++, .kind = ask};
          auto permit = breaker.acquire();
          asked.end = counter++;
          asked.permitted = permit.has_value();
          done[static_cast<std::size_t>(t)].push_back(asked);
          if (!permit) continue;
          Step told{.begin = counter++, .kind = random() % 3 == 0 ? succeed : fail};
          if (told.kind == fail)
            permit->failure();
          else
            permit->success();
          told.end = counter++;
          done[static_cast<std::size_t>(t)].push_back(told);
        }
      });
    }
    for (auto& thread : threads) thread.join();
    std::vector<Step> steps;
    for (const auto& each : done) steps.insert(steps.end(), each.begin(), each.end());
    ASSERT_TRUE(is_linearizable(steps)) << "round " << round;
  }
}

}  // namespace
}  // namespace kith
