// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <initializer_list>

#include <gtest/gtest.h>

#include "resilience/breaker_machine.hpp"

/// The fixture of the breaker tests: a breaker, a manual clock, and shorthands.
namespace kith::breaker_test {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
inline constexpr auto S = Outcome::success;
inline constexpr auto E = Outcome::failure;
inline constexpr auto I = Outcome::ignored;

/// The common configuration of B-001 to B-020.
inline CircuitBreakerOptions base() {
  return {.open_for = seconds(5),
          .half_open_probes = 4,
          .policy = BreakerPolicy::time_window,
          .window_time = seconds(20),
          .minimum_calls = 5,
          .failure_rate = 50,
          .slow_rate = 50,
          .slow_after = seconds(4),
          .half_open_for = seconds(1)};
}

/// A fuse that tolerates two melts in 60 ms and resets after a minute.
inline CircuitBreakerOptions fuse() {
  return {.failure_threshold = 3,
          .open_for = seconds(60),
          .policy = BreakerPolicy::failures_in_time,
          .window_time = milliseconds(60),
          .close_without_probes = true};
}

struct Call {
  Outcome outcome;
  Duration took{};
};

class Breakers : public testing::Test {
 protected:
  void play(std::initializer_list<Call> calls) {
    for (const Call& call : calls) {
      const auto admission = machine_.acquire(now_);
      ASSERT_TRUE(admission.permit.has_value()) << to_string(machine_.state());
      machine_.record(*admission.permit, {.outcome = call.outcome, .took = call.took}, now_);
    }
  }
  bool refused() { return !machine_.acquire(now_).permit.has_value(); }
  void half_open() { machine_.force(BreakerState::half_open, now_); }
  BreakerState state() const { return machine_.state(); }

  Duration now_ = hours(100);
  BreakerMachine machine_{base()};
};

}  // namespace kith::breaker_test
