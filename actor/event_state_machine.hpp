#pragma once

#include <functional>
#include <utility>

#include "actor/event_state_machine_body.hpp"
#include "actor/machine_actions.hpp"
#include "actor/server_control.hpp"
#include "actor/server_ref.hpp"
#include "actor/server_start.hpp"

namespace kith {

/// A state machine with one function for all events, for states that are known at run time only or
/// rules that concern many states: `Step handle_event(const MachineEvent&, const State&,
/// const Data&)`. `Step init()` gives the first state and data: `return begin(state, data);`.
/// Optional: `terminate(reason, state, data)`. State and data are plain values, a handler gives new
/// ones in its step; after an exception those of before the event count. A default constructed step
/// says nothing: the machine ends with "bad_return", as it does when the handler of an `enter`
/// event gives another state. An action that is not allowed (a negative time, postponing or
/// inserting at an `enter` event, inserting an `enter` event): it ends with "bad_action".
/// Source: gen_statem(3), handle_event_function. Thread-safety: as `GenServer`.
template <typename Derived, typename P, typename StateType, typename DataType>
class EventStateMachine
    : public StartsServer<Derived, P, detail::EventMachineBody<Derived, P, StateType, DataType>> {
 public:
  using Ref = ServerRef<P>;
  using State = StateType;
  using Data = DataType;
  using Step = MachineStep<State, Data>;
  using Snapshot = MachineSnapshot<State, Data>;

  /// From `init`: the first state and data; actions may be chained.
  static Step begin(State state, Data data) {
    return next(std::move(state)).with_data(std::move(data));
  }
  /// From `init`: there is nothing to run; see `ignore_start`.
  static Step ignore() { return Step(Step::Kind::ignore); }
  /// Stays in the state.
  static Step keep() { return Step(Step::Kind::keep); }
  /// Stays in the state, and makes the enter call again.
  static Step repeat() { return Step(Step::Kind::repeat); }
  /// Goes to a state; going to the present one is the same as `keep`.
  static Step next(State state) {
    Step step(Step::Kind::next);
    step.state = std::move(state);
    return step;
  }
  /// Ends the machine; replies may be chained.
  static Step stop(ExitReason reason) {
    Step step(Step::Kind::stop);
    step.reason = std::move(reason);
    return step;
  }

  /// The present state and data; no event, also answered while suspended. Errors: as `call`.
  /// Source: sys:get_state/2.
  static Result<Snapshot> get_state(const Ref& machine,
                                    Duration timeout = limits::call_timeout_default) {
    return replace_state(machine, nullptr, timeout);
  }
  /// Replaces state and data by what `f` makes of them, and gives the new ones: for repairs. No
  /// enter call, no time-out is touched, no postponed event is redelivered. `f` runs in the
  /// machine. Source: sys:replace_state/3.
  static Result<Snapshot> replace_state(const Ref& machine, std::function<Snapshot(Snapshot)> f,
                                        Duration timeout = limits::call_timeout_default) {
    return detail::control_call<Snapshot>(
        machine, detail::ReplaceMachineState<State, Data>{std::move(f)}, timeout);
  }
};

}  // namespace kith
