// SPDX-License-Identifier: Apache-2.0

/// Uses a circuit breaker: after a few failures in a row it refuses requests for a while, then one
/// probe tests whether the service has recovered. Requests run at the caller, so callers never
/// queue.

#include <chrono>
#include <iostream>
#include <string>

#include <kith/kith.hpp>

#include "check.hpp"

using namespace std::chrono_literals;

/// Simulates a payment service that can be down.
struct PaymentService {
  bool up = true;
  int requests = 0;
  kith::Result<std::string> charge(int cents) {
    ++requests;
    if (!up) return kith::Error(kith::ErrorCode::timeout, "the payment service does not answer");
    return "receipt for " + std::to_string(cents);
  }
};

int main() {
  kith::ManualClock clock;  // a program would use kith::SystemClock
  PaymentService service;
  kith::CircuitBreaker breaker({.failure_threshold = 3, .open_for = 60s}, clock, "payments");

  const auto pay = [&](int cents) {
    const kith::Result<std::string> paid = breaker.run([&] { return service.charge(cents); });
    std::cout << "  " << (paid ? *paid : paid.error().to_string()) << "  ["
              << to_string(breaker.state()) << "]\n";
    return paid;
  };

  std::cout << "all is well:\n";
  check(pay(100).has_value(), "a closed breaker lets requests pass");

  std::cout << "the service fails three times:\n";
  service.up = false;
  for (int i = 0; i < 3; ++i) {
    check(pay(100).error().code() == kith::ErrorCode::timeout, "its own error comes out");
  }
  check(breaker.state() == kith::BreakerState::open, "three failures in a row open the breaker");

  std::cout << "now requests are refused:\n";
  check(pay(100).error().code() == kith::ErrorCode::circuit_open, "an open breaker refuses");
  check(service.requests == 4, "a refused request does not reach the service");

  std::cout << "a minute later a probe fails:\n";
  clock.advance(60s);
  check(pay(100).error().code() == kith::ErrorCode::timeout, "the probe reaches the service");
  check(breaker.state() == kith::BreakerState::open, "a failed probe opens again");

  std::cout << "another minute later it is back:\n";
  clock.advance(60s);
  service.up = true;
  check(pay(100).has_value(), "the probe succeeds");
  check(breaker.state() == kith::BreakerState::closed, "and closes the breaker");

  const kith::BreakerCounters counters = breaker.counters();
  std::cout << counters.requests << " requests, " << counters.failures << " failures, "
            << counters.refused << " refused\n";
  check(counters.requests == 7 && counters.failures == 4 && counters.refused == 1,
        "everything is counted once");
}
