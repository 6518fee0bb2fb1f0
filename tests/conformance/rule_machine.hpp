// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "actor/event_state_machine.hpp"
#include "core/value.hpp"

namespace kith::conformance {

/// The messages of clients; any other message is an `info` event.
struct RuleCall {
  using Reply = Value;
  Value content;
};
struct RuleCast {
  Value content;
};

/// The rules of the scenario and the recorder of its observations.
struct RuleMachineOptions {
  Value setup;
  std::function<void(Value)> observe;
  std::function<void(Pid)> started;  ///< called after a successful initialisation
};

/// A state machine whose handler uses the rule table of a scenario (the format page,
/// section 2). Thread-safety: a process.
class RuleMachine
    : public EventStateMachine<RuleMachine, Protocol<RuleCall, RuleCast>, std::string, Value> {
 public:
  explicit RuleMachine(RuleMachineOptions options) : options_(std::move(options)) {}

  Step init();
  Step handle_event(const MachineEvent& event, const std::string& state, const Value& data);
  void terminate(const ExitReason& reason, const std::string& state, const Value& data);

 private:
  /// The values to which a rule may refer.
  struct Scope {
    const MachineEvent* event;
    Value content;
    std::string state;
    Value data;
  };

  [[nodiscard]] const Value* rule_for(const Scope& scope, const std::string& type) const;
  Step carry_out(const Value& what, Scope scope);
  void update(const Value& change, Scope& scope);
  void act(const Value& action, const Scope& scope, Step& step);
  static void time_out(const std::string& kind, const Value& action, const Scope& scope,
                       Step& step);

  RuleMachineOptions options_;
  std::map<std::string, From<Value>> slots_;
};

/// Convert a reason of a scenario to an exit reason and back.
[[nodiscard]] ExitReason reason_of(const Value& written);
[[nodiscard]] Value written_reason(const ExitReason& reason);

}  // namespace kith::conformance
