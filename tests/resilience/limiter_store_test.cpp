// SPDX-License-Identifier: Apache-2.0
#include "resilience/limiter_store.hpp"

#include <array>
#include <map>
#include <string>

#include <gtest/gtest.h>

#include "core/limits.hpp"
#include "resilience/rate_limiter.hpp"

namespace kith {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

/// A clock whose steady and wall times are set separately.
class TwoClocks final : public Clock {
 public:
  [[nodiscard]] TimePoint now() const override { return steady; }
  [[nodiscard]] WallTime wall() const override { return calendar; }
  void advance(Duration by) {
    steady += by;
    calendar += by;
  }
  /// Simulates a reboot: the steady clock restarts.
  void reboot(Duration took) {
    steady = TimePoint(seconds(5));
    calendar += took;
  }
  TimePoint steady{hours(100)};
  WallTime calendar{seconds(1'700'000'000)};
};

/// A store in memory that counts its calls.
class MemoryStore final : public LimiterStore {
 public:
  Result<std::optional<Bytes>> get(std::string_view key) override {
    ++gets;
    if (broken) return Error(ErrorCode::input_output, "the disk is away");
    const auto it = kept.find(std::string(key));
    if (it == kept.end()) return std::optional<Bytes>();
    return std::optional<Bytes>(it->second);
  }
  Result<void> on_change(std::string_view key, BytesView state, WallTime idle) override {
    ++changes;
    if (broken) return Error(ErrorCode::input_output, "the disk is away");
    kept[std::string(key)] = to_owned(state);
    idle_at = idle;
    return {};
  }
  Result<void> remove(std::string_view key) override {
    ++removals;
    kept.erase(std::string(key));
    return {};
  }
  /// Returns (gets, changes, removals) since the last call.
  std::array<int, 3> calls() {
    return {std::exchange(gets, 0), std::exchange(changes, 0), std::exchange(removals, 0)};
  }

  std::map<std::string, Bytes> kept;
  WallTime idle_at{};
  bool broken = false;

 private:
  int gets = 0;
  int changes = 0;
  int removals = 0;
};

class LimitStore : public testing::Test {
 protected:
  /// Returns the limiter of a restarted process.
  RateLimiter limiter(RateLimiterOptions options) { return {options, clock, {.store = store}}; }
  static constexpr RateLimiterOptions of(LimiterAlgorithm algorithm, std::uint32_t limit = 3) {
    return {.limit = limit, .window = seconds(60), .algorithm = algorithm};
  }

  TwoClocks clock;
  std::shared_ptr<MemoryStore> store = std::make_shared<MemoryStore>();
};
using Calls = std::array<int, 3>;

constexpr std::array algorithms{LimiterAlgorithm::sliding_log,
                                LimiterAlgorithm::token_bucket,
                                LimiterAlgorithm::sliding_counter,
                                LimiterAlgorithm::leaky_bucket,
                                LimiterAlgorithm::gcra,
                                LimiterAlgorithm::fixed_window,
                                LimiterAlgorithm::concurrency};

TEST_F(LimitStore, L038_AMissIsOneGetAndOneChangeAndThenOnlyChanges) {
  for (const auto algorithm : algorithms) {
    auto limits = limiter(of(algorithm));
    const std::string key(to_string(algorithm));
    EXPECT_TRUE(limits.check(key).value().admitted);
    EXPECT_EQ(store->calls(), (Calls{1, 1, 0})) << key;
    EXPECT_TRUE(limits.check(key).value().admitted);
    EXPECT_EQ(store->calls(), (Calls{0, 1, 0})) << key;
  }
}

TEST_F(LimitStore, L038_AStateThatIsFoundIsUsedAlsoAfterTheMachineHasStartedAgain) {
  for (const auto algorithm : algorithms) {
    const std::string key(to_string(algorithm));
    EXPECT_EQ(limiter(of(algorithm)).check(key, 2).value().remaining, 1U) << key;
    clock.reboot(seconds(1));
    auto limits = limiter(of(algorithm));
    EXPECT_EQ(limits.check(key).value().remaining, 0U) << key;
    EXPECT_FALSE(limits.check(key).value().admitted) << key;
    EXPECT_EQ(store->calls(), (Calls{2, 2, 0})) << key;
  }
}

TEST_F(LimitStore, L038_AStateOfAnotherAlgorithmIsRemovedAndMadeAnew) {
  EXPECT_TRUE(limiter(of(LimiterAlgorithm::gcra)).check("a", 3).value().admitted);
  store->calls();
  auto limits = limiter(of(LimiterAlgorithm::sliding_log));
  EXPECT_EQ(limits.check("a").value().remaining, 2U);
  EXPECT_EQ(store->calls(), (Calls{1, 1, 1}));
  EXPECT_EQ(decode_limiter_state(store->kept.at("a")).value().options.algorithm,
            LimiterAlgorithm::sliding_log);
  EXPECT_EQ(limits.counters().store_failures, 0U);
}

TEST_F(LimitStore, L038_AStateWhoseTimeIsOverIsRenewed) {
  for (const auto algorithm : algorithms) {
    const std::string key(to_string(algorithm));
    EXPECT_TRUE(limiter(of(algorithm)).check(key, 3).value().admitted);
    const Bytes old = store->kept.at(key);
    clock.reboot(store->idle_at - clock.wall());
    EXPECT_EQ(limiter(of(algorithm)).check(key).value().remaining, 2U) << key;
    EXPECT_EQ(store->calls(), (Calls{2, 2, 0})) << key;
    EXPECT_NE(store->kept.at(key), old) << key;
  }
}

TEST_F(LimitStore, AStateGoesOnUnderAnotherLimitWithWhatWasConsumed) {
  EXPECT_TRUE(limiter(of(LimiterAlgorithm::sliding_log, 100)).check("a", 2).value().admitted);
  auto limits = limiter(of(LimiterAlgorithm::sliding_log, 10));
  EXPECT_EQ(limits.check("a").value().remaining, 7U);
}

TEST_F(LimitStore, TheTimeUntilARestartCountsByTheOptionsOfBeforeIt) {
  auto options = of(LimiterAlgorithm::token_bucket, 10);
  EXPECT_TRUE(limiter(options).check("a", 10).value().admitted);
  clock.advance(seconds(30));
  options.window = hours(24);
  auto limits = limiter(options);
  clock.advance(seconds(30));
  EXPECT_EQ(limits.check("a").value().remaining, 4U);
}

TEST_F(LimitStore, ADamagedStateIsCountedRemovedAndMadeAnew) {
  store->kept["a"] = Bytes(10, std::byte{0xc1});
  auto limits = limiter(of(LimiterAlgorithm::sliding_log));
  EXPECT_EQ(limits.check("a").value().remaining, 2U);
  EXPECT_EQ(store->calls(), (Calls{1, 1, 1}));
  EXPECT_EQ(limits.counters().store_failures, 1U);
}

TEST_F(LimitStore, AStoreThatFailsDoesNotStopTheLimiter) {
  store->broken = true;
  auto limits = limiter(of(LimiterAlgorithm::sliding_log, 1));
  EXPECT_TRUE(limits.check("a").value().admitted);
  EXPECT_FALSE(limits.check("a").value().admitted);
  EXPECT_EQ(limits.counters().store_failures, 2U);
}

TEST_F(LimitStore, WhatChangesNothingIsNotWritten) {
  auto limits = limiter(of(LimiterAlgorithm::sliding_log, 1));
  EXPECT_TRUE(limits.check("a", 0).value().admitted);
  EXPECT_EQ(store->calls(), (Calls{1, 0, 0}));
  EXPECT_TRUE(limits.check("a").value().admitted);
  EXPECT_FALSE(limits.check("a").value().admitted);
  EXPECT_EQ(store->calls(), (Calls{0, 1, 0}));
}

TEST_F(LimitStore, AReservationIsCommittedOrCancelledAfterARestart) {
  auto options = of(LimiterAlgorithm::token_bucket, 3);
  const auto first = limiter(options).reserve("a", 1, seconds(30)).value();
  clock.reboot(seconds(1));
  const auto second = limiter(options).reserve("a", 1, seconds(30)).value();
  EXPECT_NE(first.ticket, second.ticket);
  EXPECT_EQ(second.remaining, 1U);
  clock.reboot(seconds(1));
  EXPECT_TRUE(limiter(options).commit("a", first.ticket));
  auto limits = limiter(options);
  EXPECT_TRUE(limits.cancel("a", second.ticket));
  EXPECT_FALSE(limits.cancel("a", first.ticket));
  EXPECT_EQ(limits.check("a", 0).value().remaining, 2U);
}

TEST_F(LimitStore, ATicketIsNotGivenTwiceWhenNothingOfItWasKept) {
  const auto options = of(LimiterAlgorithm::concurrency, 1);
  auto before = limiter(options);
  const auto first = before.check("a").value();
  EXPECT_TRUE(before.cancel("a", first.ticket));
  EXPECT_TRUE(store->kept.empty());
  clock.reboot(seconds(1));
  auto after = limiter(options);
  EXPECT_TRUE(after.check("a").value().admitted);
  EXPECT_FALSE(after.cancel("a", first.ticket));
}

TEST_F(LimitStore, ResetForgetsTheKeyInTheStoreToo) {
  auto limits = limiter(of(LimiterAlgorithm::sliding_log, 1));
  EXPECT_TRUE(limits.check("a").value().admitted);
  EXPECT_TRUE(limits.reset("a"));
  EXPECT_TRUE(store->kept.empty());
  EXPECT_TRUE(limits.check("a").value().admitted);
  EXPECT_TRUE(limits.check("a", {.hits = 0, .reset_first = true}).value().admitted);
  EXPECT_TRUE(store->kept.empty());
}

TEST_F(LimitStore, AStepOfTheWallClockChangesNothingWhileItRuns) {
  auto limits = limiter(of(LimiterAlgorithm::sliding_log, 1));
  EXPECT_TRUE(limits.check("a").value().admitted);
  clock.calendar += hours(5);
  EXPECT_EQ(limits.check("a").value().retry_after, seconds(60));
  clock.calendar -= hours(10);
  EXPECT_EQ(limits.check("a").value().retry_after, seconds(60));
  clock.advance(seconds(60));
  EXPECT_TRUE(limits.check("a").value().admitted);
}

TEST_F(LimitStore, AClockThatWasSetBackBetweenDoesNotLockAKeyUp) {
  EXPECT_TRUE(limiter(of(LimiterAlgorithm::sliding_log, 1)).check("a").value().admitted);
  clock.calendar -= hours(10);
  auto limits = limiter(of(LimiterAlgorithm::sliding_log, 1));
  EXPECT_EQ(limits.check("a").value().retry_after, seconds(60));
  clock.advance(seconds(60));
  EXPECT_TRUE(limits.check("a").value().admitted);
}

TEST_F(LimitStore, ALimitWhoseStateWouldOutgrowAFrameHasNoStore) {
  const std::uint32_t most = limits::limiter_stored_units_max;
  auto limits = limiter(of(LimiterAlgorithm::sliding_log, most + 1));
  EXPECT_EQ(limits.check("a").error().code(), ErrorCode::invalid_argument);
  EXPECT_TRUE(limiter(of(LimiterAlgorithm::token_bucket, most + 1)).check("a"));
  auto good = limiter(of(LimiterAlgorithm::sliding_log, most));
  EXPECT_TRUE(good.check("a"));
  EXPECT_EQ(good.change(of(LimiterAlgorithm::concurrency, most + 1)).error().code(),
            ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace kith
