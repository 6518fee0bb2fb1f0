// SPDX-License-Identifier: Apache-2.0
#include "resilience/limit_event.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "resilience/rate_limiter.hpp"

namespace kith {
namespace {

/// A copy of an event, valid after the call.
struct Told {
  std::string name;
  std::string key;
  std::int64_t hits = 0;
  bool admitted = false;
  friend bool operator==(const Told&, const Told&) = default;
};

class LimitEvents : public testing::Test {
 protected:
  std::vector<Told> told;
  ManualClock clock;
  RateLimiter limiter{
      {.limit = 3}, clock, {.name = "api", .on_hit = [this](const LimitEvent& event) {
                              told.push_back({std::string(event.name), std::string(event.key),
                                              event.hits, event.decision.admitted});
                            }}};
};

TEST_F(LimitEvents, L034_EachHitRequestIsOneEventWithItsHitsSingleOrBatched) {
  EXPECT_TRUE(limiter.check("a", 2).value().admitted);
  EXPECT_FALSE(limiter.check("a", 2).value().admitted);
  const std::vector<LimitItem> items{{"b", {.hits = 2}}, {"c", {.hits = -1}}};
  EXPECT_EQ(limiter.check_many(items).value().size(), 2U);
  EXPECT_EQ(told, (std::vector<Told>{{"api", "a", 2, true},
                                     {"api", "a", 2, false},
                                     {"api", "b", 2, true},
                                     {"api", "c", -1, true}}));
}

TEST_F(LimitEvents, AQueryAReservationAndARequestThatFailedAreNoHits) {
  EXPECT_TRUE(limiter.check("a", 0).value().admitted);
  const auto held = limiter.reserve("a", 1, std::chrono::seconds(5)).value();
  EXPECT_TRUE(limiter.commit("a", held.ticket));
  EXPECT_FALSE(limiter.check(std::string(5000, 'x')));
  EXPECT_TRUE(told.empty());
}

TEST(LimitEvent, TheObserverMayUseTheLimiter) {
  ManualClock clock;
  std::uint32_t remaining = 0;
  RateLimiter* self = nullptr;
  RateLimiter limiter({.limit = 3}, clock, {.on_hit = [&](const LimitEvent& event) {
                        remaining = self->check(event.key, 0).value().remaining;
                      }});
  self = &limiter;
  EXPECT_TRUE(limiter.check("a").value().admitted);
  EXPECT_EQ(remaining, 2U);
}

}  // namespace
}  // namespace kith
