// SPDX-License-Identifier: Apache-2.0

/// Models a deployment as a state machine. Each state is a struct with its data; each expected pair
/// of state and event is a function. Any other pair crashes the process.

#include <chrono>
#include <iostream>
#include <string>
#include <tuple>

#include <kith/kith.hpp>

#include "check.hpp"

using namespace std::chrono_literals;

// The states.
struct Idle {};
struct Deploying {
  std::string release;
  int steps_left = 2;
};
struct Verifying {
  std::string release;
};
struct Completed {
  std::string release;
};
struct Failed {
  std::string reason;
};

// Messages and calls.
struct Deploy {
  using Reply = bool;
  std::string release;
};
struct StepDone {};
struct Healthy {};
struct Status {
  using Reply = std::string;
};
using DeploymentProtocol = kith::Protocol<Deploy, StepDone, Healthy, Status>;

// Events of its own timeouts.
struct StepTimeout {};
struct HealthTimeout {};

class Deployment : public kith::StateMachine<Deployment, DeploymentProtocol, Idle, Deploying,
                                             Verifying, Completed, Failed> {
 public:
  /// Drops events that arrive after the failure.
  using ignored = std::tuple<kith::Ignored<Failed, StepDone>, kith::Ignored<Failed, Healthy>>;

  Next on(Idle&, const Deploy& event, const kith::From<bool>& from) {
    from.reply(true);
    return next(Deploying{event.release}).state_timeout(10s, StepTimeout{});
  }
  Next on(Deploying& state, const StepDone&) {
    if (--state.steps_left > 0) return keep();
    return next(Verifying{state.release}).state_timeout(30s, HealthTimeout{});
  }
  Next on(Deploying&, const StepTimeout&) { return Failed{"a step took too long"}; }
  Next on(Verifying& state, const Healthy&) { return Completed{state.release}; }
  Next on(Verifying&, const HealthTimeout&) { return Failed{"never became healthy"}; }

  /// In all other states a deployment is refused; `Status` is answered in every state.
  Next on(auto&, const Deploy&, const kith::From<bool>& from) {
    from.reply(false);
    return keep();
  }
  Next on(auto& state, const Status&, const kith::From<std::string>& from) {
    from.reply(text(state));
    return keep();
  }

  /// Called when a state is entered.
  void on_enter(auto& state) { std::cout << "  " << text(state) << '\n'; }

 private:
  static std::string text(const Idle&) { return "idle"; }
  static std::string text(const Deploying& state) { return "deploying " + state.release; }
  static std::string text(const Verifying& state) { return "verifying " + state.release; }
  static std::string text(const Completed& state) { return "completed " + state.release; }
  static std::string text(const Failed& state) { return "failed: " + state.reason; }
};

int main() {
  // Without threads and on a manual clock, half a minute passes at once.
  kith::ManualClock clock;
  kith::System system({.workers = 0, .clock = &clock});

  std::cout << "a deployment that goes well:\n";
  const auto good = Deployment::start_link(system).value();
  check(kith::call(good, Deploy{"1.4.2"}).value(), "an idle machine accepts a deployment");
  check(!kith::call(good, Deploy{"1.4.3"}).value(), "a busy one refuses");
  for (int step = 0; step < 2; ++step) kith::cast(good, StepDone{}).value();
  kith::cast(good, Healthy{}).value();
  check(kith::call(good, Status{}).value() == "completed 1.4.2", "the deployment is completed");

  std::cout << "one that never becomes healthy:\n";
  const auto bad = Deployment::start_link(system).value();
  check(kith::call(bad, Deploy{"1.5.0"}).value(), "an idle machine accepts a deployment");
  for (int step = 0; step < 2; ++step) kith::cast(bad, StepDone{}).value();
  system.run_until_idle();
  system.advance(31s);
  kith::cast(bad, Healthy{}).value();  // too late
  check(kith::call(bad, Status{}).value() == "failed: never became healthy", "time-outs decide");
}
