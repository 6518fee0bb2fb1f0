// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>
#include <deque>

#include "bench/bench.hpp"
#include "bench/idle_server.hpp"

namespace kith::bench {
namespace {

struct Tick {};

/// Arms and cancels n timers while 10,000 are outstanding, so that the wheel is not empty.
double start_cancel(Count n) {
  constexpr Count outstanding_max = 10'000;
  return seconds_of([n] {
    std::deque<Timer> outstanding;
    for (Count i = 0; i < n; ++i) {
      if (outstanding.size() == outstanding_max) {
        cancel_timer(outstanding.front());
        outstanding.pop_front();
      }
      outstanding.push_back(
          send_after(std::chrono::milliseconds(60'000 + i % 10'000), self(), Tick{}));
    }
    for (const Timer& timer : outstanding) cancel_timer(timer);
  });
}

/// Arms n timers for one deadline. Returns the seconds of arming, and from the deadline to the last
/// timer.
std::pair<double, double> arm_and_fire(Count n) {
  Clock& clock = current_system()->clock();
  const TimePoint deadline =
      clock.now() + std::chrono::milliseconds(500 + static_cast<std::int64_t>(n) / 1000);
  const double arming = seconds_of([&] {
    for (Count i = 0; i < n; ++i) send_after(deadline - clock.now(), self(), Tick{});
  });
  if (clock.now() >= deadline) std::abort();  // arming took too long for a valid sample
  receive_all<Tick>(n);
  return {arming, std::chrono::duration<double>(clock.now() - deadline).count()};
}

}  // namespace

/// w6: timers.
void timers(const Bench& bench) {
  const Count n = bench.count(1e6);
  bench.rate_1_2("w6.timer_start_cancel", "1/s", n, start_cancel);
  for (const int workers : {1, 2}) {
    const std::string suffix = workers == 1 ? "_1thread" : "";
    if (!bench.wants("w6.timer_arm" + suffix) &&
        !bench.wants("w6.timer_fire_same_deadline" + suffix)) {
      continue;
    }
    System system({.workers = workers});
    const auto [arming, firing] = system.run([n] { return arm_and_fire(n); });
    bench.report("w6.timer_arm" + suffix, "1/s", static_cast<double>(n) / arming);
    bench.report("w6.timer_fire_same_deadline" + suffix, "1/s", static_cast<double>(n) / firing);
  }
}

}  // namespace kith::bench
