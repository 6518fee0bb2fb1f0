// SPDX-License-Identifier: Apache-2.0
#include <chrono>

#include "actor/state_machine.hpp"
#include "bench/bench.hpp"

namespace kith::bench {
namespace {

struct Ask {
  using Reply = bool;
};
struct Failure {
  using Reply = void;
};
struct Reset {
  using Reply = void;
};
struct Probe {};

struct Closed {
  int failures = 0;
};
struct Open {};
struct HalfOpen {};

using BreakerProtocol = Protocol<Ask, Failure, Reset>;

/// Models a circuit breaker: the fifth failure opens it, a minute later it is half open.
class Breaker : public StateMachine<Breaker, BreakerProtocol, Closed, Open, HalfOpen> {
 public:
  Next on(Closed&, const Ask&, From<bool> from) {
    from.reply(true);
    return keep();
  }
  Next on(Closed& closed, const Failure&, From<void> from) {
    from.reply();
    if (++closed.failures < 5) return keep();
    return next(Open{}).state_timeout(std::chrono::minutes(1), Probe{});
  }
  Next on(Open&, const Ask&, From<bool> from) {
    from.reply(false);
    return keep();
  }
  Next on(Open&, const Probe&) { return HalfOpen{}; }
  Next on(Open&, const Reset&, From<void> from) {
    from.reply();
    return Closed{};
  }
  Next on(HalfOpen&, const Reset&, From<void> from) {
    from.reply();
    return Closed{};
  }
};

double ask(Count n) {
  const auto breaker = Breaker::start_link().value();
  return seconds_of([&] {
    for (Count i = 0; i < n; ++i) must(call(breaker, Ask{}));
  });
}

double trip_and_reset(Count n) {
  const auto breaker = Breaker::start_link().value();
  return seconds_of([&] {
    for (Count i = 0; i < n; i += 6) {
      for (int failure = 0; failure < 5; ++failure) must(call(breaker, Failure{}));
      must(call(breaker, Reset{}));
    }
  });
}

}  // namespace

/// w12: calls of a state machine.
void state_machines(const Bench& bench) {
  const Count n = bench.count(3e5) / 6 * 6;
  bench.rate_1_2("w12.breaker_statem_ask", "1/s", n, ask);
  bench.rate_1_2("w12.breaker_statem_transitions", "call/s", n, trip_and_reset);
}

}  // namespace kith::bench
