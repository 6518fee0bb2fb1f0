// SPDX-License-Identifier: Apache-2.0
#include "resilience/limit_service.hpp"

#include <chrono>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "actor/system.hpp"
#include "core/limits.hpp"
#include "tests/resilience/set_clock.hpp"

namespace kith {
namespace {

using namespace resilience;  // NOLINT(google-build-using-namespace): its messages
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

/// The service with a clock whose wall time is set.
class LimitServices : public testing::Test {
 protected:
  Result<RateDecision> check(const RateLimiterOptions& options, std::int64_t hits = 1,
                             const std::string& key = "k") {
    return call(service_, CheckLimit{"api", options, key, {.hits = hits}});
  }
  RateDecision look() { return call(service_, LookAtLimit{"api", {}, "k"}).value(); }
  std::size_t defined() { return call(service_, ListLimits{}).value().items.size(); }

  SetClock clock_;
  System system_{{.workers = 0, .clock = &clock_}};
  ServerRef<LimitProtocol> service_ = LimitService::start_link(system_, make_null_log()).value();
};

TEST_F(LimitServices, ASharedCalendarLimitAdmitsAgainInTheNextWindowAfterTheClockWasSetBack) {
  for (const auto algorithm : {LimiterAlgorithm::fixed_window, LimiterAlgorithm::leaky_bucket}) {
    for (const auto wrong_by : {Duration(seconds(2)), Duration(hours(24 * 365))}) {
      SCOPED_TRACE(to_string(algorithm));
      const RateLimiterOptions options{
          .limit = 2, .algorithm = algorithm, .calendar = CalendarUnit::minute};
      clock_.set(wrong_by);
      ASSERT_TRUE(check(options, 2)->admitted);
      EXPECT_FALSE(check(options)->admitted);
      clock_.set(-wrong_by);
      const auto seen = look();
      EXPECT_FALSE(seen.admitted);
      EXPECT_LE(seen.retry_after, minutes(1));
      const auto refused = check(options).value();
      EXPECT_FALSE(refused.admitted);  // nothing was gained by it
      EXPECT_EQ(refused, seen);
      clock_.advance(refused.retry_after);
      EXPECT_TRUE(look().admitted);
      EXPECT_TRUE(check(options)->admitted);
      clock_.advance(minutes(2));
    }
  }
}

TEST_F(LimitServices, AReservationOutlivesAClockThatIsSetBackByItsOwnTimeOnly) {
  const RateLimiterOptions options{
      .limit = 2, .algorithm = LimiterAlgorithm::fixed_window, .calendar = CalendarUnit::day};
  clock_.set(hours(24 * 365));
  const auto held = call(service_, ReserveLimit{"api", options, "k", 2, minutes(1)}).value();
  ASSERT_NE(held.ticket, 0U);
  clock_.set(-hours(24 * 365));
  EXPECT_FALSE(check(options)->admitted);
  clock_.advance(minutes(1));
  EXPECT_TRUE(check(options)->admitted);
  EXPECT_FALSE(call(service_, EndReservation{"api", "k", held.ticket, true}).value());
}

TEST_F(LimitServices, AClockThatTremblesIsWaitedFor) {
  const RateLimiterOptions options{
      .limit = 2, .algorithm = LimiterAlgorithm::fixed_window, .calendar = CalendarUnit::minute};
  ASSERT_TRUE(check(options, 2)->admitted);
  const auto before = look();
  clock_.set(-milliseconds(999));
  EXPECT_EQ(look(), before);
  EXPECT_EQ(check(options)->reset_at, before.reset_at);
}

TEST_F(LimitServices, ARedefinitionToOrFromTheCalendarCountsNoTimeThatDidNotPass) {
  for (const auto algorithm : {LimiterAlgorithm::fixed_window, LimiterAlgorithm::leaky_bucket}) {
    for (const Duration wrong_by : {Duration(hours(24 * 365)), -Duration(hours(24 * 365))}) {
      SCOPED_TRACE(to_string(algorithm));
      const RateLimiterOptions plain{.limit = 2, .window = hours(1), .algorithm = algorithm};
      RateLimiterOptions calendar = plain;
      calendar.calendar = CalendarUnit::month;
      ASSERT_TRUE(check(plain, 2)->admitted);
      clock_.set(wrong_by);
      EXPECT_FALSE(check(calendar)->admitted);
      EXPECT_FALSE(check(plain)->admitted);
      clock_.advance(hours(1));
      EXPECT_TRUE(check(plain, 2)->admitted);
      clock_.advance(hours(1));
    }
  }
}

TEST_F(LimitServices, TimesOfTheCallerAreNotMovedByTheClockOfTheNode) {
  RateLimiterOptions options{.limit = 2, .window = hours(1)};
  const auto at = [&](Duration time) {
    return call(service_, CheckLimit{"log", options, "k", {}, time}).value();
  };
  ASSERT_TRUE(at(hours(100)).admitted);
  options.limit = 3;
  clock_.set(-hours(24 * 365));
  EXPECT_EQ(at(hours(100)).remaining, 1U);
}

TEST_F(LimitServices, EmptyAndTooLongKeysAndNamesAreRefusedAndDefineNothing) {
  const std::string too_long(limits::key_size_bytes_max + 1, 'x');
  for (const std::string& key : {std::string(), too_long}) {
    EXPECT_EQ(check({}, 1, key).error().code(), ErrorCode::invalid_argument);
    EXPECT_EQ(call(service_, ReserveLimit{"api", {}, key, 1, seconds(1)}).error().code(),
              ErrorCode::invalid_argument);
    EXPECT_EQ(call(service_, LookAtLimit{"api", {}, key}).error().code(),
              ErrorCode::invalid_argument);
  }
  for (const std::string& name : {std::string(), too_long}) {
    EXPECT_EQ(call(service_, CheckLimit{name, {}, "k"}).error().code(),
              ErrorCode::invalid_argument);
  }
  EXPECT_EQ(defined(), 0U);
}

}  // namespace
}  // namespace kith
