// SPDX-License-Identifier: Apache-2.0

/// Back-off, thresholds, predicates, listeners, and invariants over all interleavings.

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "resilience/breaker_machine.hpp"
#include "resilience/circuit_breaker.hpp"
#include "tests/resilience/breaker_fixture.hpp"

namespace kith {
namespace {

using namespace breaker_test;  // NOLINT(google-build-using-namespace): its shorthands

TEST_F(Breakers, BackOffDoublesUpToItsMaximumAndJitterStaysInItsRange) {
  CircuitBreakerOptions options{.failure_threshold = 1,
                                .open_for = seconds(10),
                                .open_backoff = 2,
                                .open_for_max = seconds(35)};
  machine_ = BreakerMachine(options);
  for (const int expected : {10, 20, 35, 35}) {
    play({{E}});
    EXPECT_EQ(machine_.acquire(now_).retry_after, seconds(expected));
    now_ += seconds(expected);
  }
  play({{S}, {E}});  // closed in between: restarts the back-off
  EXPECT_EQ(machine_.acquire(now_).retry_after, seconds(10));
  options.open_jitter = 0.5;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    machine_ = BreakerMachine(options, seed);
    play({{E}});
    const Duration wait = machine_.acquire(now_).retry_after;
    EXPECT_GE(wait, seconds(5));
    EXPECT_LE(wait, seconds(15));
  }
}

TEST_F(Breakers, AResultSaysForHowLongItOpens) {
  machine_ = BreakerMachine({.failure_threshold = 1});
  const auto permit = machine_.acquire(now_).permit;
  machine_.record(*permit, {.outcome = E, .open_for = seconds(7)}, now_);
  EXPECT_EQ(machine_.acquire(now_).retry_after, seconds(7));
}

TEST_F(Breakers, HalfOpenThresholdsDecideOverMoreCallsThanPermits) {
  machine_ = BreakerMachine({.failure_threshold = 1,
                             .half_open_probes = 2,
                             .half_open_successes = 5,
                             .half_open_failures = 2});
  half_open();
  play({{S}, {S}, {E}, {S}, {S}});
  EXPECT_EQ(state(), BreakerState::half_open);
  play({{S}});
  EXPECT_EQ(state(), BreakerState::closed);
  half_open();
  play({{S}, {E}, {E}});
  EXPECT_EQ(state(), BreakerState::open);
}

TEST_F(Breakers, DisabledRecordsNothingAndForcedClosedNeverOpens) {
  machine_.force(BreakerState::disabled, now_);
  for (int i = 0; i < 20; ++i) play({{E}});
  EXPECT_EQ(machine_.metrics().calls, 0U);
  machine_.force(BreakerState::forced_closed, now_);
  for (int i = 0; i < 20; ++i) play({{E}});
  EXPECT_EQ(machine_.metrics().failure_rate, 100);
  EXPECT_EQ(state(), BreakerState::forced_closed);
}

TEST_F(Breakers, PredicatesSayWhatIsIgnoredAndWhatIsAFailure) {
  ManualClock clock;
  CircuitBreaker breaker({.failure_threshold = 1}, clock);
  breaker.set_predicates(
      {.ignore = [](const Error& error) { return error.code() == ErrorCode::invalid_argument; },
       .record = [](const Error& error) { return error.code() != ErrorCode::not_found; }});
  const auto fail = [&](ErrorCode code) {
    (void)breaker.run([&] { return Result<int>(code, "no"); });
  };
  fail(ErrorCode::invalid_argument);
  EXPECT_EQ(breaker.counters().successes + breaker.counters().failures, 0U);
  fail(ErrorCode::not_found);
  EXPECT_EQ(breaker.counters().successes, 1U);
  fail(ErrorCode::timeout);
  EXPECT_EQ(breaker.state(), BreakerState::open);
}

TEST_F(Breakers, ListenersAreToldOfChangesAndMayCallTheBreaker) {
  ManualClock clock;
  CircuitBreaker breaker({.failure_threshold = 1}, clock);
  std::vector<BreakerState> seen;
  breaker.on_event([&](const BreakerEvent& event) {
    if (event.kind == BreakerEvent::Kind::state_changed) seen.push_back(event.state);
    EXPECT_EQ(breaker.name(), "unnamed");
    (void)breaker.state();
  });
  (void)breaker.run([] { return Result<int>(ErrorCode::timeout, "no"); });
  clock.advance(seconds(60));
  (void)breaker.run([] { return 1; });
  EXPECT_EQ(seen, (std::vector{BreakerState::open, BreakerState::half_open, BreakerState::closed}));
}

TEST_F(Breakers, ASuccessBetweenFailuresEndsTheRowAlsoWithoutALock) {
  ManualClock clock;
  CircuitBreaker breaker({.failure_threshold = 2}, clock);
  for (int i = 0; i < 5; ++i) {
    breaker.acquire().value().failure();
    breaker.acquire().value().success();
    breaker.acquire().value().success();
  }
  EXPECT_EQ(breaker.state(), BreakerState::closed);
  EXPECT_EQ(breaker.counters(), (BreakerCounters{15, 10, 5, 0}));
}

TEST_F(Breakers, HalfOpenNeverHasMoreCallsInFlightThanPermitsOverAllInterleavings) {
  // Every order of requests, successes, failures, cancellations, lost results and time steps.
  constexpr Duration probe_timeout = seconds(20);
  struct Out {
    BreakerPermit permit;
    int spell;  // number of the half-open period
    Duration since;
  };
  struct World {
    BreakerMachine machine;
    std::vector<Out> out;
    Duration now;
    int spell = 0;
  };
  std::size_t worlds = 0;
  const auto explore = [&](const auto& self, const World& world, int depth) -> void {
    ++worlds;
    const auto in_flight = std::ranges::count_if(world.out, [&](const Out& call) {
      return call.spell == world.spell && world.now - call.since < probe_timeout;
    });
    if (world.machine.state() == BreakerState::half_open) {
      ASSERT_LE(in_flight, 2);
    }
    if (depth == 0) return;
    World asks = world;
    const auto admission = asks.machine.acquire(asks.now);
    for (const BreakerTransition& transition : admission.transitions) {
      asks.spell += transition.to == BreakerState::half_open ? 1 : 0;
    }
    if (admission.permit) asks.out.push_back({*admission.permit, asks.spell, asks.now});
    self(self, asks, depth - 1);
    for (const int end : {0, 1, 2}) {
      if (world.out.empty()) break;
      for (const bool oldest : {true, false}) {
        World ends = world;
        const auto which = oldest ? ends.out.begin() : ends.out.end() - 1;
        if (end == 2)
          ends.machine.cancel(which->permit);
        else
          ends.machine.record(which->permit, end == 0 ? S : E, ends.now);
        ends.out.erase(which);
        self(self, ends, depth - 1);
      }
    }
    World later = world;
    later.now += seconds(10);
    self(self, later, depth - 1);
  };
  BreakerMachine machine({.failure_threshold = 1,
                          .open_for = seconds(10),
                          .half_open_probes = 2,
                          .probe_timeout = probe_timeout});
  machine.force(BreakerState::half_open, now_);
  explore(explore, World{machine, {}, now_}, 7);
  EXPECT_GT(worlds, 10'000U);
}

TEST_F(Breakers, HalfOpenNeverHasMoreCallsInFlightThanPermitsAmongThreads) {
  ManualClock clock;
  CircuitBreaker breaker(
      {.failure_threshold = 1, .half_open_probes = 3, .half_open_successes = 1'000'000}, clock);
  breaker.force(BreakerState::half_open);
  std::atomic<int> in_flight{0};
  std::atomic<int> most{0};
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 6; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 5'000; ++i) {
          (void)breaker.run([&] {
            const int now = ++in_flight;
            int seen = most.load();
            while (seen < now && !most.compare_exchange_weak(seen, now)) {
            }
            --in_flight;
          });
        }
      });
    }
  }
  EXPECT_LE(most, 3);
  EXPECT_GE(most, 1);
  EXPECT_EQ(breaker.state(), BreakerState::half_open);
}

}  // namespace
}  // namespace kith
