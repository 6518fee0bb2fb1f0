// SPDX-License-Identifier: Apache-2.0

/// Properties of every algorithm under random schedules.

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "core/random.hpp"
#include "resilience/keyed_limiter.hpp"
#include "resilience/rate_limiter.hpp"

namespace kith {
namespace {

using std::chrono::seconds;

constexpr std::array algorithms{LimiterAlgorithm::sliding_log,
                                LimiterAlgorithm::token_bucket,
                                LimiterAlgorithm::sliding_counter,
                                LimiterAlgorithm::leaky_bucket,
                                LimiterAlgorithm::gcra,
                                LimiterAlgorithm::fixed_window,
                                LimiterAlgorithm::concurrency};
constexpr std::array history{LimiterAlgorithm::sliding_log,
                             LimiterAlgorithm::token_bucket,
                             LimiterAlgorithm::sliding_counter,
                             LimiterAlgorithm::leaky_bucket,
                             LimiterAlgorithm::gcra,
                             LimiterAlgorithm::fixed_window};

RateLimiterOptions random_options(Random& random, LimiterAlgorithm algorithm) {
  // Windows around the boundaries at which a sliding log uses wider words, and short ones.
  constexpr std::array<Duration::rep, 5> windows{7, 30, 1'000, (1L << 30) + 3, (1L << 38) + 5};
  return {.limit = static_cast<std::uint32_t>(1 + random.below(6)),
          .window = Duration(windows.at(random.below(windows.size()))),
          .algorithm = algorithm};
}

/// The options above, plus bursts and calendar windows of different lengths.
RateLimiterOptions any_options(Random& random, LimiterAlgorithm algorithm) {
  RateLimiterOptions options = random_options(random, algorithm);
  options.burst = static_cast<std::uint32_t>(random.below(9));
  const bool may_be_calendar =
      algorithm == LimiterAlgorithm::fixed_window || algorithm == LimiterAlgorithm::leaky_bucket;
  if (may_be_calendar && random.chance(0.5)) {
    options.calendar = random.chance(0.7) ? CalendarUnit::month : CalendarUnit::year;
    options.window = std::chrono::hours(24 * 30);  // the steps of time depend on it
  }
  return options;
}

/// Returns a step of time: often zero, sometimes back, sometimes far ahead.
Duration random_step(Random& random, Duration window) {
  const auto scale = static_cast<std::uint64_t>(window.count());
  switch (random.below(8)) {
    case 0:
      return Duration::zero();
    case 1:
      return -Duration(static_cast<Duration::rep>(random.below(scale)));
    case 2:
      return 3 * window;
    default:
      return Duration(static_cast<Duration::rep>(random.below(scale / 2 + 1)));
  }
}

struct Admitted {
  Duration at;
  std::uint32_t units;
};

std::uint64_t in_window(const std::vector<Admitted>& all, Duration end, Duration window) {
  std::uint64_t units = 0;
  for (const auto& one : all) units += one.at > end - window && one.at <= end ? one.units : 0;
  return units;
}

TEST(LimitProperties, TheSlidingLogAdmitsExactlyWhatFitsIntoEachWindow) {
  Random random(1);
  for (int round = 0; round < 300; ++round) {
    const auto options = random_options(random, LimiterAlgorithm::sliding_log);
    KeyedLimiter limiter(options);
    std::vector<Admitted> admitted;
    Duration at = seconds(1'000'000);
    Duration newest = Duration::min();
    for (int i = 0; i < 150; ++i) {
      at += random_step(random, options.window);
      newest = std::max(newest, at);
      const auto cost = static_cast<std::uint32_t>(random.below(4));
      const std::uint64_t used = in_window(admitted, newest, options.window);
      const bool fits = used + cost <= options.limit;
      const RateDecision answer = limiter.check("k", cost, at).value();
      ASSERT_EQ(answer.admitted, fits || cost == 0) << "round " << round << ", request " << i;
      if (answer.admitted) admitted.push_back({newest, cost});
      ASSERT_EQ(answer.remaining, options.limit - in_window(admitted, newest, options.window));
    }
  }
}

/// Between any two instants, admits at most the bucket and the refill meanwhile.
TEST(LimitProperties, BucketsAdmitNoMoreThanTheirSizeAndWhatFlowsIn) {
  Random random(2);
  for (int round = 0; round < 300; ++round) {
    const auto algorithm = std::array{LimiterAlgorithm::token_bucket, LimiterAlgorithm::gcra,
                                      LimiterAlgorithm::leaky_bucket}
                               .at(random.below(3));
    auto options = random_options(random, algorithm);
    options.burst = static_cast<std::uint32_t>(1 + random.below(8));
    KeyedLimiter limiter(options);
    std::vector<Admitted> admitted;
    Duration at = seconds(1'000'000);
    for (int i = 0; i < 80; ++i) {
      at += std::max(random_step(random, options.window), Duration::zero());
      const auto cost = static_cast<std::uint32_t>(1 + random.below(3));
      if (limiter.check("k", cost, at).value().admitted) admitted.push_back({at, cost});
    }
    for (std::size_t first = 0; first < admitted.size(); ++first) {
      long double units = 0;
      for (std::size_t last = first; last < admitted.size(); ++last) {
        units += admitted[last].units;
        const auto passed =
            static_cast<long double>((admitted[last].at - admitted[first].at).count());
        const auto window = static_cast<long double>(options.window.count());
        ASSERT_LE(units, options.burst + passed * options.limit / window + 1e-9L)
            << to_string(algorithm) << ", round " << round;
      }
    }
  }
}

TEST(LimitProperties, ARefusedRequestDidNotFitAndAnAdmittedOneDid) {
  Random random(3);
  for (const auto algorithm : algorithms) {
    for (int round = 0; round < 100; ++round) {
      const auto options = random_options(random, algorithm);
      KeyedLimiter limiter(options);
      Duration at = seconds(1'000'000);
      for (int i = 0; i < 60; ++i) {
        at += random_step(random, options.window);
        const std::uint32_t room = limiter.check("k", 0, at).value().remaining;
        const auto cost = static_cast<std::uint32_t>(1 + random.below(4));
        const RateDecision answer = limiter.check("k", cost, at).value();
        ASSERT_EQ(answer.admitted, cost <= room) << to_string(algorithm);
        ASSERT_EQ(answer.remaining, answer.admitted ? room - cost : room) << to_string(algorithm);
      }
    }
  }
}

TEST(LimitProperties, ResetAtIsTheFirstInstantAtWhichTheSameRequestIsAdmitted) {
  Random random(4);
  for (const auto algorithm : algorithms) {
    for (int round = 0; round < 150; ++round) {
      const auto options = any_options(random, algorithm);
      LimiterMachine machine(options);
      Duration at = seconds(1'000'000);
      std::uint64_t ticket = 0;
      for (int i = 0; i < 40; ++i) {
        at += std::max(random_step(random, options.window), Duration::zero());
        const LimitRequest request{.hits = static_cast<std::int64_t>(random.below(10)) - 3};
        if (random.chance(0.2)) {
          (void)machine.reserve(options, 1, options.window / 3 + Duration(1), at, ++ticket);
        }
        const RateDecision answer = machine.check(options, request, at, ++ticket);
        const auto admitted_at = [&](Duration then) {
          LimiterMachine copy = machine;
          return copy.check(options, request, then, ticket + 1).admitted;
        };
        const auto never_within = [&](Duration span) {
          for (int probe = 0; probe < 10; ++probe) {
            const auto past = random.below(static_cast<std::uint64_t>(span.count()));
            if (admitted_at(at + Duration(static_cast<Duration::rep>(past)))) return false;
          }
          return true;
        };
        if (answer.reset_at == Duration::max()) {
          ASSERT_TRUE(never_within(10 * options.window)) << to_string(algorithm);
          continue;
        }
        const Duration wait = answer.reset_at - at;
        ASSERT_EQ(answer.retry_after, answer.admitted ? Duration::zero() : wait);
        ASSERT_TRUE(admitted_at(answer.reset_at)) << to_string(algorithm) << " round " << round;
        if (answer.reset_at == at) continue;
        ASSERT_TRUE(never_within(wait)) << to_string(algorithm) << " round " << round;
        ASSERT_FALSE(admitted_at(answer.reset_at - Duration(1))) << to_string(algorithm);
        ASSERT_FALSE(admitted_at(at)) << to_string(algorithm);
      }
    }
  }
}

TEST(LimitProperties, ReserveAndCancelLeaveNoTrace) {
  Random random(5);
  for (const auto algorithm : history) {
    for (int round = 0; round < 100; ++round) {
      const auto options = any_options(random, algorithm);
      LimiterMachine with(options);
      LimiterMachine without(options);
      Duration at = seconds(1'000'000);
      std::uint64_t ticket = 0;
      for (int i = 0; i < 60; ++i) {
        at += random_step(random, options.window);
        const LimitRequest request{.hits = static_cast<std::int64_t>(random.below(4)) - 1};
        const auto held = with.reserve(options, 1 + static_cast<std::int64_t>(random.below(3)),
                                       options.window, at, ++ticket);
        // Time passes during the reservation, without requests to the other one.
        at += std::max(random_step(random, options.window / 2 + Duration(1)), Duration::zero());
        const RateDecision before = without.check(options, {.hits = 0}, at);
        (void)with.check(options, {.hits = 0}, at);
        (void)with.cancel(options, held.ticket, at);
        ASSERT_EQ(with.check(options, {.hits = 0}, at), before) << to_string(algorithm);
        ASSERT_EQ(with.check(options, request, at), without.check(options, request, at))
            << to_string(algorithm) << ", round " << round;
      }
    }
  }
}

TEST(LimitProperties, CommittedReservationsNeverExceedTheLimitOfAnyWindow) {
  Random random(6);
  for (int round = 0; round < 200; ++round) {
    const auto options = random_options(random, LimiterAlgorithm::sliding_log);
    LimiterMachine machine(options);
    std::vector<Admitted> admitted;
    std::vector<std::pair<std::uint64_t, std::uint32_t>> open;
    Duration at = seconds(1'000'000);
    for (int i = 0; i < 100; ++i) {
      at += std::max(random_step(random, options.window), Duration::zero());
      const auto units = static_cast<std::uint32_t>(1 + random.below(2));
      const auto ticket = static_cast<std::uint64_t>(i + 1);
      if (random.chance(0.5)) {
        const bool held = machine.reserve(options, units, options.window, at, ticket).admitted;
        if (held) open.emplace_back(ticket, units);
      } else if (!open.empty() && random.chance(0.6)) {
        if (machine.commit(options, open.front().first, at)) {
          admitted.push_back({at, open.front().second});
        }
        open.erase(open.begin());
      } else if (machine.check(options, {.hits = units}, at).admitted) {
        admitted.push_back({at, units});
      }
      ASSERT_LE(in_window(admitted, at, options.window), options.limit);
    }
  }
}

TEST(LimitProperties, ForgettingIdleKeysChangesNoDecisionOfAnyAlgorithm) {
  Random random(7);
  for (const auto algorithm : algorithms) {
    const RateLimiterOptions options{.limit = 2, .window = Duration(50), .algorithm = algorithm};
    KeyedLimiter forgetful(options);
    KeyedLimiter faithful(options);
    for (int i = 0; i < 20'000; ++i) {
      const std::string key = std::to_string(random.below(200));
      const LimitRequest request{.hits = static_cast<std::int64_t>(random.below(4)) - 1};
      const Duration at(i);
      forgetful.forget_idle(at, 3);
      ASSERT_EQ(forgetful.check(key, request, at).value(), faithful.check(key, request, at).value())
          << to_string(algorithm);
    }
    EXPECT_LT(forgetful.size(), faithful.size()) << to_string(algorithm);
  }
}

TEST(LimitProperties, ThreadsTogetherAreAdmittedAsOftenAsTheLimitSays) {
  for (const auto algorithm : history) {
    ManualClock clock;  // is not advanced
    RateLimiter limiter({.limit = 500, .algorithm = algorithm}, clock);
    std::atomic<int> admitted{0};
    {
      std::vector<std::jthread> threads;
      for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&] {
          for (int i = 0; i < 500; ++i)
            admitted += limiter.check("shared").value().admitted ? 1 : 0;
        });
      }
    }
    EXPECT_EQ(admitted, 500) << to_string(algorithm);
  }
}

TEST(KeyedLimiterMemory, AHitOfASlidingLogOfAHundredCostsEightBytesAtMost) {
  KeyedLimiter limiter({.limit = 100, .window = seconds(60)});
  constexpr int keys = 2000;
  for (int i = 0; i < 100; ++i) {
    for (int k = 0; k < keys; ++k) {
      (void)limiter.check("user-" + std::to_string(k), seconds(1) + Duration(i * 1000 + k));
    }
  }
  const double per_hit = static_cast<double>(limiter.memory_bytes()) / (100.0 * keys);
  EXPECT_LE(per_hit, 8.0);
  std::printf("%.2f bytes a hit, keys and all\n", per_hit);
}

TEST(KeyedLimiterMemory, IsBoundedAndNeverForgetsAKeyInItsWindow) {
  KeyedLimiter limiter({.limit = 1, .window = seconds(10)}, 100);
  for (int k = 0; k < 100; ++k) {
    EXPECT_TRUE(limiter.check(std::to_string(k), seconds(0)).value().admitted);
  }
  EXPECT_EQ(limiter.check("new", seconds(9)).error().code(), ErrorCode::overloaded);
  for (int k = 0; k < 100; ++k) {
    EXPECT_FALSE(limiter.check(std::to_string(k), seconds(9)).value().admitted);
  }
  EXPECT_TRUE(limiter.check("new", seconds(11)).value().admitted);
  EXPECT_LE(limiter.size(), 100U);
}

}  // namespace
}  // namespace kith
