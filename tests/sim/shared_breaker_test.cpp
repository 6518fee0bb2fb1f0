// SPDX-License-Identifier: Apache-2.0

/// Shared breakers over nodes: slow calls, predicates, states by hand, reported changes.

#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "node/testing.hpp"

namespace kith {
namespace {

using namespace std::chrono_literals;
using testing::SimulatedCluster;

class SharedBreakers : public ::testing::Test {
 protected:
  SharedBreakers() {
    EXPECT_TRUE(cluster.run_until([&] { return cluster.converged(); }, 30s));
    cluster.run_for(1s);
  }

  std::vector<std::string> changes;
  SimulatedCluster cluster{
      {.nodes = 3, .seed = 7, .prepare = [this](NodeOptions& options) {
         options.on_breaker_change = [this](const resilience::BreakerChange& change) {
           changes.push_back(std::string(change.name) + ": " + std::string(to_string(change.from)) +
                             " to " + std::string(to_string(change.to)));
         };
       }}};
};

TEST_F(SharedBreakers, SlowCallsOpenIt) {
  const CircuitBreakerOptions options{.policy = BreakerPolicy::count_window,
                                      .window_calls = 4,
                                      .minimum_calls = 4,
                                      .slow_rate = 50,
                                      .slow_after = 4s};
  const auto breaker = cluster.node(0).breaker("bank", options);
  for (const Duration took : {1s, 5s, 1s}) {
    EXPECT_TRUE(breaker.run([&] { cluster.run_for(took); }));
  }
  EXPECT_EQ(breaker.status()->metrics.slow, 1U);
  EXPECT_EQ(breaker.status()->state, BreakerState::closed);
  EXPECT_TRUE(breaker.run([&] { cluster.run_for(5s); }));
  EXPECT_EQ(breaker.status()->state, BreakerState::open);
}

TEST_F(SharedBreakers, PredicatesSayWhatIsIgnoredAndWhatIsAFailure) {
  auto breaker = cluster.node(0).breaker("bank", {.failure_threshold = 1});
  breaker.set_predicates(
      {.ignore = [](const Error& error) { return error.code() == ErrorCode::invalid_argument; },
       .record = [](const Error& error) { return error.code() != ErrorCode::not_found; },
       .ignore_exception =
           [](const std::exception& e) { return std::string(e.what()) == "ignored"; },
       .record_exception =
           [](const std::exception& e) { return std::string(e.what()) == "recorded"; }});
  const auto fail = [&](ErrorCode code) {
    (void)breaker.run([&] { return Result<int>(code, "no"); });
  };
  const auto raise = [&](const char* what) {
    EXPECT_THROW((void)breaker.run([&] { throw std::runtime_error(what); }), std::runtime_error);
  };
  fail(ErrorCode::invalid_argument);
  raise("ignored");
  EXPECT_EQ(breaker.status()->counters.successes + breaker.status()->counters.failures, 0U);
  fail(ErrorCode::not_found);
  raise("of no account");
  EXPECT_EQ(breaker.status()->counters.successes, 2U);
  EXPECT_EQ(breaker.status()->state, BreakerState::closed);
  raise("recorded");
  EXPECT_EQ(breaker.status()->state, BreakerState::open);
}

TEST_F(SharedBreakers, AStateByHandHoldsOnAllNodesUntilItIsTakenBack) {
  const auto here = cluster.node(0).breaker("bank", {});
  const auto there = cluster.node(2).breaker("bank", {});
  EXPECT_EQ(here.force(BreakerState::forced_open)->state, BreakerState::forced_open);
  cluster.run_for(1h);
  const auto refused = there.run([] { return 1; });
  EXPECT_EQ(refused.error().code(), ErrorCode::circuit_open);
  EXPECT_NE(refused.error().text().find("by hand"), std::string::npos);
  EXPECT_EQ(there.force(BreakerState::disabled)->state, BreakerState::disabled);
  EXPECT_TRUE(here.run([] { return 1; }));
  EXPECT_EQ(here.force(BreakerState::half_open).error().code(), ErrorCode::invalid_argument);
  EXPECT_EQ(here.open_for(10s)->state, BreakerState::open);
  EXPECT_FALSE(there.run([] { return 1; }));
  cluster.run_for(10s);
  EXPECT_TRUE(there.run([] { return 1; }));
}

TEST_F(SharedBreakers, EachChangeIsToldOnceWhereItIsDecided) {
  const auto breaker = cluster.node(1).breaker("bank", {.failure_threshold = 1, .open_for = 10s});
  (void)breaker.run([] { return Result<int>(ErrorCode::timeout, "no"); });
  cluster.run_for(10s);
  EXPECT_TRUE(breaker.run([] { return 1; }));
  EXPECT_TRUE(breaker.force(BreakerState::disabled));
  EXPECT_TRUE(breaker.reset());
  EXPECT_EQ(changes,
            (std::vector<std::string>{"bank: closed to open", "bank: open to half_open",
                                      "bank: half_open to closed", "bank: closed to disabled",
                                      "bank: disabled to closed"}));
}

}  // namespace
}  // namespace kith
