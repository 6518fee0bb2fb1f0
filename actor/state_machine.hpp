#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

#include "actor/machine_actions.hpp"
#include "actor/server_control.hpp"
#include "actor/server_ref.hpp"
#include "actor/server_start.hpp"
#include "actor/state_machine_body.hpp"

namespace kith {

/// Listed in a state machine's `using ignored = std::tuple<Ignored<State, Event>...>`: this event
/// in this state is passed over instead of being a crash.
template <typename State, typename Event>
struct Ignored {};

namespace detail {

template <typename Machine, typename State, typename Event>
consteval bool is_ignored() {
  if constexpr (requires { typename Machine::ignored; }) {
    return []<typename... I>(std::type_identity<std::tuple<I...>>) {
      return (std::is_same_v<I, Ignored<State, Event>> || ...);
    }(std::type_identity<typename Machine::ignored>{});
  } else {
    return false;
  }
}

}  // namespace detail

/// A process that is always in one of a closed set of states, each a struct with the data of that
/// state. For each pair of state and event that can happen there is a function
/// `Next on(State&, const Event&)`, for requests `Next on(State&, const Request&, From<Reply>)`.
/// A pair that is neither written nor listed in `ignored` is a crash (the supervisor decides).
/// Optional: `on_enter(State&)` (called for the first state and at each change; may give a `Next`
/// with actions or `stop`), `initial()` (else the first state, default constructed),
/// `terminate(reason)`. Events are the messages of the protocol, the contents of time-outs and
/// inserted events, `Down` and `Exit`. For states that are known at run time only, see
/// `EventStateMachine`. Source: gen_statem(3), state functions. Thread-safety: as `GenServer`.
template <typename Derived, typename P, typename... States>
class StateMachine
    : public StartsServer<Derived, P, detail::StateMachineBody<Derived, P, States...>> {
 public:
  using Ref = ServerRef<P>;
  using State = std::variant<States...>;

  /// What follows from an event: the next state (or the same) and actions, chained:
  /// `next(Verifying{}).state_timeout(30s, HealthTimeout{})`. A state converts to it.
  class Next : public MachineActions<Next> {
   public:
    Next() = default;
    template <typename S>
      requires(std::is_same_v<std::decay_t<S>, States> || ...)
    Next(S&& state) : to_(std::forward<S>(state)) {}  // NOLINT(google-explicit-constructor)

    /// How the content of a time-out or an inserted event is stored. For the runtime.
    template <typename E>
    static detail::MessagePointer content_of(E event) {
      return std::make_unique<OwnEvent<E>>(std::move(event));
    }

   private:
    friend class StateMachine;
    template <typename D, typename Q, typename... S>
    friend class detail::StateMachineBody;

    std::optional<State> to_;
    std::optional<ExitReason> stop_reason_;
    bool repeats_ = false;
  };

  /// Stays in the state.
  static Next keep() { return {}; }
  /// Stays in the state, and calls `on_enter` again.
  static Next repeat() {
    Next result;
    result.repeats_ = true;
    return result;
  }
  /// Goes to a state. Going to a state of the same type replaces its data and is no change:
  /// postponed events and the state's time-out stay.
  template <typename S>
  static Next next(S state) {
    return Next(std::move(state));
  }
  /// Ends the machine; replies may be chained.
  static Next stop(ExitReason reason) {
    Next result;
    result.stop_reason_ = std::move(reason);
    return result;
  }

  /// A copy of the present state; no event, also answered while suspended. Errors: as `call`.
  /// Source: sys:get_state/2.
  static Result<State> get_state(const Ref& machine,
                                 Duration timeout = limits::call_timeout_default) {
    return detail::control_call<State>(machine, detail::AskState<State>{}, timeout);
  }
  /// Replaces the state and gives the new one: for repairs. `on_enter` is not called, no time-out
  /// is touched, no postponed event comes back. Errors: as `call`. Source: sys:replace_state/3.
  static Result<State> replace_state(const Ref& machine, State state,
                                     Duration timeout = limits::call_timeout_default) {
    return detail::control_call<State>(machine, detail::AskState<State>{std::move(state)}, timeout);
  }

 private:
  template <typename D, typename Q, typename... S>
  friend class detail::StateMachineBody;

  /// An event that the machine made for itself. It knows its own type.
  struct AnyOwnEvent : detail::MessageSignal {
    using detail::MessageSignal::MessageSignal;
    virtual Next deliver(Derived& machine, State& state) const = 0;
  };
  template <typename E>
  struct OwnEvent final : AnyOwnEvent {
    explicit OwnEvent(E e) : AnyOwnEvent(detail::SignalKind::message), event(std::move(e)) {}
    [[nodiscard]] const std::type_info& type() const override { return typeid(E); }
    [[nodiscard]] void* content() override { return &event; }
    Next deliver(Derived& machine, State& state) const override {
      return StateMachine::deliver(machine, state, event);
    }
    E event;
  };

  /// Gives an event to the function for the present state, a request with the right to answer it.
  template <typename E, typename... F>
  static Next deliver(Derived& machine, State& state, const E& event, const F&... from) {
    return std::visit([&](auto& present) { return in_state(machine, present, event, from...); },
                      state);
  }
  template <typename S, typename E, typename... F>
  static Next in_state(Derived& machine, S& present, const E& event, const F&... from) {
    if constexpr (requires { machine.on(present, event, from...); }) {
      return machine.on(present, event, from...);
    } else if constexpr (detail::is_ignored<Derived, S, E>()) {
      return {};
    } else {
      throw std::logic_error(std::string("no transition for the event ") + typeid(E).name() +
                             " in the state " + typeid(S).name());
    }
  }
};

}  // namespace kith
