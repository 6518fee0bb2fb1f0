// SPDX-License-Identifier: Apache-2.0
#include "core/timer_wheel.hpp"

#include <map>

#include <gtest/gtest.h>

#include "core/random.hpp"

namespace kith::detail {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint start{1h};

TEST(TimerWheel, GivesWhatIsDueByDeadlineThenInTheOrderOfArming) {
  TimerWheel<int> wheel(start);
  wheel.arm(start + 20ms, 1);
  wheel.arm(start + 10ms, 2);
  wheel.arm(start + 20ms, 3);
  EXPECT_EQ(wheel.advance(start + 9ms), std::vector<int>{});
  EXPECT_EQ(wheel.advance(start + 20ms), (std::vector<int>{2, 1, 3}));
  EXPECT_EQ(wheel.size(), 0U);
}

TEST(TimerWheel, ACancelledTimerIsNotGiven) {
  TimerWheel<int> wheel(start);
  const TimerId id = wheel.arm(start + 10ms, 1);
  EXPECT_TRUE(wheel.cancel(id));
  EXPECT_FALSE(wheel.cancel(id));
  EXPECT_EQ(wheel.advance(start + 1h), std::vector<int>{});
}

TEST(TimerWheel, AnOldIdDoesNotCancelALaterTimer) {
  TimerWheel<int> wheel(start);
  const TimerId old = wheel.arm(start + 1ms, 1);
  wheel.advance(start + 1ms);
  wheel.arm(start + 2ms, 2);
  EXPECT_FALSE(wheel.cancel(old));
  EXPECT_EQ(wheel.advance(start + 2ms), std::vector<int>{2});
}

TEST(TimerWheel, GivesAtMostSoManyAndSaysThatMoreAreDue) {
  TimerWheel<int> wheel(start);
  for (int i = 0; i < 5; ++i) wheel.arm(start + 10ms, i);
  const TimerId last = wheel.arm(start + 10ms, 5);
  EXPECT_EQ(wheel.advance(start + 10ms, 2), (std::vector<int>{0, 1}));
  EXPECT_LE(wheel.next_deadline(), start + 10ms);
  wheel.arm(start + 10ms, 6);
  EXPECT_TRUE(wheel.cancel(last));
  EXPECT_EQ(wheel.advance(start + 10ms, 3), (std::vector<int>{2, 3, 4}));
  EXPECT_EQ(wheel.advance(start + 11ms), std::vector<int>{6});
  EXPECT_EQ(wheel.next_deadline(), std::nullopt);
}

TEST(TimerWheel, TheEndOfTimeIsNotDue) {
  TimerWheel<int> wheel(start);
  wheel.arm(TimePoint::max(), 1);
  EXPECT_EQ(wheel.advance(start + 24h), std::vector<int>{});
  EXPECT_GT(wheel.next_deadline(), start + 24h);
}

/// Returns the tick at which a timer armed now is due.
TimePoint due_at(TimePoint deadline, TimePoint now) {
  constexpr auto tick = 100us;
  const auto ticks = std::max((deadline.time_since_epoch() + tick - 1ns) / tick,
                              now.time_since_epoch() / tick + 1);
  return TimePoint(ticks * tick);
}

/// Compares the wheel with an ordered map, with deadlines from microseconds to years, following
/// `next_deadline`.
TEST(TimerWheel, AgreesWithAnOrderedMap) {
  Random random(3);
  TimerWheel<int> wheel(start);
  std::multimap<TimePoint, int> model;
  std::map<int, TimerId> ids;
  TimePoint now = start;
  for (int step = 0; step < 20'000; ++step) {
    const auto spread = Duration(std::int64_t{1} << random.below(55));
    const TimePoint deadline = now + Duration(static_cast<std::int64_t>(
                                         random.below(static_cast<std::uint64_t>(spread.count()))));
    ids[step] = wheel.arm(deadline, step);
    model.emplace(due_at(deadline, now), step);
    if (random.chance(0.3)) {
      const auto victim =
          std::next(model.begin(), static_cast<std::ptrdiff_t>(random.below(model.size())));
      EXPECT_TRUE(wheel.cancel(ids[victim->second]));
      model.erase(victim);
    }
    const auto next = wheel.next_deadline();
    ASSERT_EQ(next.has_value(), !model.empty());
    if (!next || !random.chance(0.5)) continue;
    now = std::max(now, *next);
    for (const int item : wheel.advance(now)) {
      ASSERT_FALSE(model.empty());
      ASSERT_LE(model.begin()->first, now);
      const auto [first, last] = model.equal_range(model.begin()->first);
      ASSERT_EQ(first->second, item);
      model.erase(first);
      static_cast<void>(last);
    }
    ASSERT_TRUE(model.empty() || model.begin()->first > now);
  }
}

}  // namespace
}  // namespace kith::detail
