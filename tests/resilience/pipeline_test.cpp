// SPDX-License-Identifier: Apache-2.0
#include "resilience/pipeline.hpp"

#include <stdexcept>
#include <vector>

#include <gtest/gtest.h>

#include "actor/process.hpp"
#include "actor/system.hpp"

namespace kith {
namespace {

using namespace std::chrono_literals;

Error unavailable() {
  return {ErrorCode::unavailable, "not today"};
}

/// A system without threads in virtual time.
class Stages : public ::testing::Test {
 protected:
  ManualClock clock;
  System system{{.workers = 0, .clock = &clock}};

  /// Runs `f` in a process and advances the clock by an hour.
  template <typename F>
  void run(F f) {
    bool done = false;
    spawn(system, [&] {
      f();
      done = true;
    });
    system.run_until_idle();
    for (int i = 0; i < 3600 && !done; ++i) system.advance(1s);
    EXPECT_TRUE(done);
  }
};

TEST_F(Stages, ARetryMakesAFailedRequestAgainAfterItsBackoff) {
  run([&] {
    int made = 0;
    RetryOptions options;
    options.attempts = 4;
    options.backoff = {.first = 1s, .factor = 2, .max = 10s, .jitter = 0};
    const TimePoint begun = clock.now();
    const auto result = Retry(options).run([&]() -> Result<int> {
      if (++made < 4) return unavailable();
      return made;
    });
    EXPECT_EQ(result.value(), 4);
    EXPECT_EQ(clock.now() - begun, 7s);  // 1 + 2 + 4
  });
}

TEST_F(Stages, ARetryGivesTheLastErrorAndLeavesWhatIsNotPassing) {
  run([&] {
    int made = 0;
    const auto failing = [&]() -> Result<int> { return (++made, unavailable()); };
    EXPECT_EQ(Retry().run(failing).error(), unavailable());
    EXPECT_EQ(made, 3);
    const auto wrong = [&]() -> Result<int> {
      return (++made, Error(ErrorCode::invalid_argument, "no"));
    };
    EXPECT_FALSE(Retry().run(wrong));
    EXPECT_EQ(made, 4);
  });
}

TEST_F(Stages, ABudgetBoundsTheRetriesOfAllWhoShareIt) {
  run([&] {
    RetryOptions options;
    options.attempts = 2;
    options.budget = std::make_shared<RetryBudget>(0.5, 3);
    int made = 0;
    for (int i = 0; i < 20; ++i) {
      EXPECT_FALSE(Retry(options).run([&]() -> Result<int> { return (++made, unavailable()); }));
    }
    EXPECT_EQ(made, 20 + 12);  // three at first, then one per two requests
  });
}

TEST(RetryBudget, TenTenthsAreAWholeRetry) {
  RetryBudget budget(0.1, 1);
  EXPECT_TRUE(budget.withdraw());
  for (int i = 0; i < 9; ++i) budget.deposit();
  EXPECT_FALSE(budget.withdraw());
  budget.deposit();
  EXPECT_TRUE(budget.withdraw());
  EXPECT_FALSE(budget.withdraw());
}

TEST_F(Stages, ATimeLimiterEndsARequestThatTakesTooLong) {
  run([&] {
    bool ended = false;
    const auto late = TimeLimiter(2s).run([&] {
      struct AtEnd {
        bool& ended;
        ~AtEnd() { ended = true; }
      } at_end{ended};
      sleep_for(1h);
      return 1;
    });
    EXPECT_EQ(late.error().code(), ErrorCode::timeout);
    EXPECT_EQ(refused_by(late.error()), "time_limiter");
    EXPECT_TRUE(ended);
    EXPECT_EQ(TimeLimiter(2s).run([] { return (sleep_for(1s), 7); }).value(), 7);
    EXPECT_TRUE(TimeLimiter(2s).run([] {}));
    const auto own = TimeLimiter(2s).run([]() -> Result<int> { return unavailable(); });
    EXPECT_EQ(own.error(), unavailable());
    EXPECT_FALSE(refused_by(own.error()));
    const auto thrown = TimeLimiter(2s).run([]() -> int { throw std::runtime_error("oh"); });
    EXPECT_EQ(thrown.error().code(), ErrorCode::crashed);
  });
}

TEST_F(Stages, ABulkheadRunsSoManyLetsSomeWaitInOrderAndRefusesTheRest) {
  Bulkhead bulkhead({.concurrent_max = 2, .waiting_max = 2, .patience = 10s});
  std::vector<int> ended;
  std::vector<int> refused;
  for (int i = 0; i < 6; ++i) {
    spawn(system, [&, i] {
      const auto result = bulkhead.run([] { sleep_for(5s); });
      (result ? ended : refused).push_back(i);
      if (!result) {
        EXPECT_EQ(refused_by(result.error()), "bulkhead");
      }
    });
  }
  system.run_until_idle();
  EXPECT_EQ(bulkhead.running(), 2U);
  EXPECT_EQ(bulkhead.waiting(), 2U);
  EXPECT_EQ(refused, (std::vector<int>{4, 5}));
  system.advance(20s);
  EXPECT_EQ(ended, (std::vector<int>{0, 1, 2, 3}));
  EXPECT_EQ(bulkhead.running(), 0U);
}

TEST_F(Stages, APlaceInABulkheadIsNotLostWithAProcessThatIsKilled) {
  Bulkhead bulkhead({.concurrent_max = 1, .patience = 1h});
  std::vector<Pid> pids;
  int ended = 0;
  for (int i = 0; i < 4; ++i) {
    pids.push_back(spawn(system, [&] {
      if (bulkhead.run([] { sleep_for(5s); })) ++ended;
    }));
  }
  system.run_until_idle();
  exit(system, pids[1], "kill");  // waits
  exit(system, pids[0], "kill");  // runs; the next one gets its place
  system.run_until_idle();
  EXPECT_EQ(bulkhead.running(), 1U);
  EXPECT_EQ(bulkhead.waiting(), 1U);
  system.advance(20s);
  EXPECT_EQ(ended, 2);
  EXPECT_EQ(bulkhead.running(), 0U);
}

TEST_F(Stages, AWaiterOfABulkheadLosesItsPatience) {
  Bulkhead bulkhead({.concurrent_max = 1, .patience = 2s});
  spawn(system, [&] { static_cast<void>(bulkhead.run([] { sleep_for(5s); })); });
  std::optional<ErrorCode> code;
  spawn(system, [&] { code = bulkhead.run([] {}).error().code(); });
  system.advance(3s);
  EXPECT_EQ(code, ErrorCode::overloaded);
  EXPECT_EQ(bulkhead.waiting(), 0U);
}

TEST_F(Stages, ARequestEndsWithTheProcessThatMadeIt) {
  auto ended = std::make_shared<bool>(false);
  const Pid caller = spawn(system, [ended] {
    static_cast<void>(pipeline(TimeLimiter(1h), Hedge({.delay = 1s}))([ended] {
      struct AtEnd {
        bool& ended;
        ~AtEnd() { ended = true; }
      } at_end{*ended};
      sleep_for(1h);
    }));
  });
  system.run_until_idle();
  EXPECT_FALSE(*ended);
  exit(system, caller, "kill");
  system.run_until_idle();
  EXPECT_TRUE(*ended);
}

TEST_F(Stages, AHedgeTakesTheFirstSuccessAndEndsTheOthers) {
  run([&] {
    const TimePoint begun = clock.now();
    int made = 0;
    int running = 0;
    const auto request = [&]() -> Result<int> {
      struct Counted {
        int& count;
        explicit Counted(int& c) : count(c) { ++count; }
        ~Counted() { --count; }
      } counted(running);
      const int number = ++made;
      sleep_for(number == 2 ? 1s : 1h);
      return number;
    };
    EXPECT_EQ(Hedge({.delay = 2s, .attempts = 3}).run(request).value(), 2);
    EXPECT_EQ(clock.now() - begun, 3s);
    EXPECT_EQ(made, 2);
    EXPECT_EQ(running, 0);
  });
}

TEST_F(Stages, AHedgeGoesOnAtOnceAfterAFailureAndGivesTheLastError) {
  run([&] {
    const TimePoint begun = clock.now();
    int made = 0;
    const auto failing = [&]() -> Result<int> {
      return Error(ErrorCode::unavailable, std::to_string(++made));
    };
    EXPECT_EQ(Hedge({.delay = 1h, .attempts = 3}).run(failing).error().text(), "3");
    EXPECT_EQ(clock.now(), begun);
    const auto second = [&]() -> Result<int> {
      if (++made == 4) return unavailable();
      return made;
    };
    EXPECT_EQ(Hedge({.delay = 1h}).run(second).value(), 5);
  });
}

TEST_F(Stages, APipelineAsksItsStagesFromTheFirstToTheLast) {
  RateLimiter limiter({.limit = 2, .window = 60s}, clock);
  CircuitBreaker breaker({.failure_threshold = 3, .open_for = 60s}, clock);
  RetryOptions retry;
  retry.attempts = 2;
  run([&] {
    auto guard = pipeline(Limited(limiter, "ann"), Retry(retry), Guarded(breaker), TimeLimiter(1s));
    int made = 0;
    EXPECT_EQ(guard([&] { return ++made; }).value(), 1);
    EXPECT_FALSE(guard([&]() -> Result<int> { return (++made, unavailable()); }));
    EXPECT_EQ(made, 3);  // two attempts of the second request, counted once by the limit
    const auto limited = guard([&] { return ++made; });
    EXPECT_EQ(refused_by(limited.error()), "rate_limiter");
    EXPECT_EQ(limited.error().code(), ErrorCode::rate_limited);
    EXPECT_EQ(made, 3);
  });
}

TEST_F(Stages, APipelineSaysThatTheBreakerRefusedAndAFallbackTakesItsPlace) {
  CircuitBreaker breaker({.failure_threshold = 1, .open_for = 60s}, clock);
  run([&] {
    const auto failing = []() -> Result<std::string> { return unavailable(); };
    auto guard = pipeline(Guarded(breaker));
    EXPECT_FALSE(refused_by(guard(failing).error()));
    EXPECT_EQ(refused_by(guard(failing).error()), "circuit_breaker");
    auto with_fallback = pipeline(
        Fallback([](const Error& error) { return "instead: " + refused_by(error).value_or(""); }),
        guard);
    EXPECT_EQ(with_fallback(failing).value(), "instead: circuit_breaker");
  });
}

}  // namespace
}  // namespace kith
