// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <utility>

#include "actor/event_state_machine_body.hpp"
#include "actor/machine_actions.hpp"
#include "actor/server_control.hpp"
#include "actor/server_ref.hpp"
#include "actor/server_start.hpp"

namespace kith {

/// Runs a state machine with one function for all events, for states that are known at run time
/// only or rules for many states.
///
///     struct Tick {
///       KITH_WIRE("tick")
///     };
///     class Clockwork : public EventStateMachine<Clockwork, Protocol<Tick>, std::string, int> {
///      public:
///       Step init() { return begin("even", 0); }
///       Step handle_event(const MachineEvent& event, const std::string& state, const int& ticks) {
///         if (event.get<Tick>() == nullptr) return keep();
///         return next(state == "even" ? "odd" : "even").with_data(ticks + 1);
///       }
///     };
///     auto clockwork = Clockwork::start_link(system).value();
///     auto sent = send(clockwork, Tick{});
///
/// `init` returns the first state and data, `handle_event(const MachineEvent&, const State&,
/// const Data&)` the step after an event. Optional: `terminate(reason, state, data)`. State and
/// data are plain values; if a handler throws, those before the event remain. A default constructed
/// step ends the machine with "bad_return", as does a change of state by the handler of an `enter`
/// event. An action that is not allowed (a negative time, postponing or inserting at an `enter`
/// event, inserting an `enter` event) ends it with "bad_action".
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

  /// Sets the first state and data; from `init` only. Actions may be chained.
  static Step begin(State state, Data data) {
    return next(std::move(state)).with_data(std::move(data));
  }
  /// Cancels the start without an error; from `init` only. See `ignore_start`.
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

  /// Returns the present state and data, also while the machine is suspended; not an event for it.
  /// Errors: as `call`. Source: sys:get_state/2.
  static Result<Snapshot> get_state(const Ref& machine,
                                    Duration timeout = limits::call_timeout_default) {
    return replace_state(machine, nullptr, timeout);
  }
  /// Replaces state and data by the result of `f` and returns it, for repairs. Does not make an
  /// enter call, change time-outs or redeliver postponed events. `f` runs in the machine.
  /// Source: sys:replace_state/3.
  static Result<Snapshot> replace_state(const Ref& machine, std::function<Snapshot(Snapshot)> f,
                                        Duration timeout = limits::call_timeout_default) {
    return detail::control_call<Snapshot>(
        machine, detail::ReplaceMachineState<State, Data>{std::move(f)}, timeout);
  }
};

}  // namespace kith
