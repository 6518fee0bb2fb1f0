// SPDX-License-Identifier: Apache-2.0

/// Limits requests per user: at most `limit` are admitted in any window, counted exactly once even
/// under concurrent checks.

#include <chrono>
#include <iostream>
#include <vector>

#include <kith/kith.hpp>

#include "check.hpp"

using namespace std::chrono_literals;

void windows_slide() {
  kith::ManualClock clock;  // a program would use kith::SystemClock
  kith::RateLimiter limiter({.limit = 3, .window = 60s}, clock);

  const auto ask = [&](const char* user) {
    const kith::RateDecision decision = limiter.check(user).value();
    std::cout << "  " << user << ": ";
    if (decision.admitted) {
      std::cout << "admitted, " << decision.remaining << " left\n";
    } else {
      const auto wait = std::chrono::duration_cast<std::chrono::seconds>(decision.retry_after);
      std::cout << "limited, try again in " << wait.count() << " s\n";
    }
    return decision;
  };

  for (int i = 0; i < 3; ++i) {
    check(ask("ann").admitted, "the first three requests are admitted");
    clock.advance(10s);
  }
  const kith::RateDecision fourth = ask("ann");
  check(!fourth.admitted, "the fourth within a minute is not");
  check(fourth.retry_after == 30s, "it may come when the first one leaves the window");
  check(ask("bob").admitted, "another user has a limit of his own");
  clock.advance(30s);
  check(ask("ann").admitted, "the window slides: one has left it");
  check(!ask("ann").admitted, "but only one");
}

void many_tasks_ask_at_once() {
  kith::System system;
  const kith::SystemClock clock;
  kith::RateLimiter limiter({.limit = 100, .window = 1h}, clock);
  const std::vector<int> clients(8);
  const auto counts = kith::async_stream(system, clients, [&](int) {
    int admitted = 0;
    for (int i = 0; i < 50; ++i) admitted += limiter.check("shared").value().admitted ? 1 : 0;
    return admitted;
  });
  int admitted = 0;
  for (const auto& count : counts.value()) admitted += count.value();
  std::cout << "  " << admitted << " of 400 requests admitted\n";
  check(admitted == 100, "exactly the limit is admitted");
}

int main() {
  std::cout << "three requests a minute for each user:\n";
  windows_slide();
  std::cout << "eight clients share a limit of a hundred:\n";
  many_tasks_ask_at_once();
}
