// SPDX-License-Identifier: Apache-2.0
#include "resilience/breaker_service.hpp"

#include <optional>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "actor/process.hpp"
#include "actor/system.hpp"
#include "tests/resilience/breaker_fixture.hpp"

namespace kith {
namespace {

using namespace breaker_test;  // NOLINT(google-build-using-namespace): its shorthands

TEST(BreakerService, B043_AResultForAnUnknownNameIsFineAndMakesNothing) {
  ManualClock clock;
  System system({.workers = 0, .clock = &clock});
  const auto service = resilience::BreakerService::start_link(system, make_null_log()).value();
  bool done = false;
  spawn(system, [&] {
    for (int i = 0; i < 5; ++i) {
      const auto status =
          call(service,
               resilience::RecordBreaker{"nobody", BreakerPermit{.generation = 1}, {.outcome = E}});
      EXPECT_EQ(status.value().state, BreakerState::closed);
    }
    const auto asked = call(service, resilience::AskBreaker{"nobody", false});
    EXPECT_EQ(asked.value().consecutive_failures, 0U);
    EXPECT_EQ(asked.value().counters.failures, 0U);
    done = true;
  });
  system.run_until_idle();
  EXPECT_TRUE(done);
}

/// The service in virtual time, and the changes that it reported.
class BreakerServices : public testing::Test {
 protected:
  void ask(const CircuitBreakerOptions& options) {
    (void)call(service_, resilience::AcquireBreaker{"bank", options}).value();
  }
  void fail(const CircuitBreakerOptions& options) {
    const auto admission = call(service_, resilience::AcquireBreaker{"bank", options}).value();
    ASSERT_TRUE(admission.permit.has_value());
    ASSERT_TRUE(
        call(service_, resilience::RecordBreaker{"bank", *admission.permit, {.outcome = E}}));
  }
  resilience::BreakerStatus status() {
    return call(service_, resilience::AskBreaker{"bank", false}).value();
  }

  std::vector<std::pair<BreakerState, BreakerState>> told_;
  ManualClock clock_;
  System system_{{.workers = 0, .clock = &clock_}};
  ServerRef<resilience::BreakerProtocol> service_ =
      resilience::BreakerService::start_link(system_, make_null_log(),
                                             [this](const resilience::BreakerChange& change) {
                                               told_.emplace_back(change.from, change.to);
                                             })
          .value();
};
using Told = std::vector<std::pair<BreakerState, BreakerState>>;

TEST_F(BreakerServices, B028_ASharedOneBecomesHalfOpenByItselfAndTellsIt) {
  const CircuitBreakerOptions options{
      .failure_threshold = 1, .open_for = seconds(2), .automatic_half_open = true};
  fail(options);
  system_.advance(seconds(2) - Duration(1));
  EXPECT_EQ(status().state, BreakerState::open);
  system_.advance(Duration(1));
  EXPECT_EQ(status().state, BreakerState::half_open);
  EXPECT_EQ(told_, (Told{{BreakerState::closed, BreakerState::open},
                         {BreakerState::open, BreakerState::half_open}}));
}

TEST_F(BreakerServices, B025_ASharedOneLeavesHalfOpenByItself) {
  const CircuitBreakerOptions options{.failure_threshold = 1,
                                      .open_for = seconds(2),
                                      .automatic_half_open = true,
                                      .half_open_for = seconds(3)};
  fail(options);
  system_.advance(seconds(2));
  EXPECT_EQ(status().state, BreakerState::half_open);
  system_.advance(seconds(3));
  EXPECT_EQ(status().state, BreakerState::open);
  system_.advance(seconds(2));
  EXPECT_EQ(status().state, BreakerState::half_open);
}

TEST_F(BreakerServices, B037_SharedFusesHealByThemselvesEachInItsTime) {
  auto slow = fuse();
  auto quick = fuse();
  quick.open_for = seconds(7);
  for (const auto& [name, options] : {std::pair("slow", slow), std::pair("quick", quick)}) {
    (void)call(service_, resilience::ForceBreaker{name, options, BreakerState::open}).value();
  }
  told_.clear();
  system_.advance(seconds(7));
  EXPECT_EQ(told_.size(), 1U);
  EXPECT_EQ(call(service_, resilience::AskBreaker{"quick"})->state, BreakerState::closed);
  EXPECT_EQ(call(service_, resilience::AskBreaker{"slow"})->state, BreakerState::open);
  system_.advance(seconds(53));
  EXPECT_EQ(call(service_, resilience::AskBreaker{"slow"})->state, BreakerState::closed);
}

TEST_F(BreakerServices, AChangeOfOptionsThatClosesItIsTold) {
  fail({.failure_threshold = 1});
  ask({.failure_threshold = 2});
  EXPECT_EQ(told_, (Told{{BreakerState::closed, BreakerState::open},
                         {BreakerState::open, BreakerState::closed}}));
}

TEST_F(BreakerServices, ARequestWithoutOptionsGoesByTheDefinitionInForce) {
  const auto find = [&] { return call(service_, resilience::FindBreaker{"bank"}).value(); };
  EXPECT_FALSE(find());
  fail({.failure_threshold = 2, .open_for = seconds(7)});
  const auto permit = call(service_, resilience::AcquireBreaker{"bank", std::nullopt})->permit;
  ASSERT_TRUE(permit);
  EXPECT_TRUE(call(service_, resilience::RecordBreaker{"bank", *permit, {.outcome = E}})->counted);
  EXPECT_EQ(find()->status.state, BreakerState::open);
  EXPECT_EQ(find()->retry_after, seconds(7));
  EXPECT_FALSE(call(service_, resilience::RecordBreaker{"bank", *permit})->counted) << "late";
  (void)call(service_, resilience::ForceBreaker{"bank", std::nullopt, BreakerState::disabled});
  EXPECT_EQ(find()->options.failure_threshold, 2U);
}

TEST_F(BreakerServices, ToLookAtAnOpenOneWhoseTimeIsOverLetsNoProbePass) {
  fail({.failure_threshold = 1, .open_for = seconds(2)});
  const Duration opened = clock_.wall().time_since_epoch();
  system_.advance(seconds(5));
  for (int i = 0; i < 2; ++i) {
    const auto seen = call(service_, resilience::ListBreakers{}).value().items.at(0);
    EXPECT_TRUE(seen.permitted);
    EXPECT_EQ(seen.status.state, BreakerState::open);
    EXPECT_EQ(seen.status.counters.requests, 1U);
    EXPECT_EQ(seen.since, opened);
  }
}

TEST_F(BreakerServices, FailuresThatAreOlderThanThePeriodAreNotReported) {
  fail(fuse());
  fail(fuse());
  EXPECT_EQ(status().consecutive_failures, 2U);
  system_.advance(milliseconds(60) - Duration(1));
  EXPECT_EQ(status().consecutive_failures, 2U);
  system_.advance(Duration(1));
  EXPECT_EQ(status().consecutive_failures, 0U);
  fail(base());
  EXPECT_EQ(status().metrics.failed, 1U);
  system_.advance(seconds(21));
  EXPECT_EQ(status().metrics.failed, 0U);
  const auto found = call(service_, resilience::FindBreaker{"bank"}).value();
  ASSERT_TRUE(found);
  EXPECT_EQ(found->status.metrics.failed, 0U);
}

/// No client reads, adds and writes back: each result is counted at the breaker.
TEST_F(BreakerServices, B050_NoResultIsLostWhenTwoReportAtOnce) {
  constexpr int each = 50;
  const CircuitBreakerOptions options{.failure_threshold = 2 * each};
  int done = 0;
  for (int reporter = 0; reporter < 2; ++reporter) {
    spawn(system_, [&] {
      for (int i = 0; i < each; ++i) {
        const auto permit = call(service_, resilience::AcquireBreaker{"bank", options})->permit;
        kith::sleep_for(milliseconds(1));  // the other one has requested too
        const CallResult failed{.outcome = E};
        if (!call(service_, resilience::RecordBreaker{"bank", permit.value(), failed})) return;
      }
      ++done;
    });
  }
  system_.run_until_idle();
  for (int i = 0; i < 1000 && done < 2; ++i) system_.advance(milliseconds(1));
  ASSERT_EQ(done, 2);
  EXPECT_EQ(status().counters.failures, 2U * each);
  EXPECT_EQ(status().state, BreakerState::open) << "the last of them opens it";
}

}  // namespace
}  // namespace kith
