// SPDX-License-Identifier: Apache-2.0
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

/// Marks an event that is dropped in a state instead of crashing the machine; listed in its
/// `using ignored = std::tuple<Ignored<State, Event>...>`.
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

/// Runs a process that is in one of a closed set of states, each a struct with the data of that
/// state.
///
///     struct Locked {};
///     struct Open {};
///     struct Unlock {
///       std::string code;
///       KITH_WIRE("unlock", code)
///     };
///     struct Relock {};  // the event of a timeout
///     class Door : public StateMachine<Door, Protocol<Unlock>, Locked, Open> {
///      public:
///       using ignored = std::tuple<Ignored<Open, Unlock>>;
///       Next on(Locked&, const Unlock& unlock) {
///         if (unlock.code != "1234") return keep();
///         return next(Open{}).state_timeout(10s, Relock{});
///       }
///       Next on(Open&, const Relock&) { return next(Locked{}); }
///     };
///     auto door = Door::start_link(system).value();
///     auto sent = send(door, Unlock{.code = "1234"});
///
/// Each possible pair of state and event has a function `Next on(State&, const Event&)`, for
/// requests `Next on(State&, const Request&, From<Reply>)`; a pair that has none and is not listed
/// in `ignored` crashes the machine. Optional: `on_enter(State&)` (called for the first state and
/// at each change; may return a `Next` with actions or `stop`), `initial()` (default: the first
/// state, default constructed), `terminate(reason)`. Events are the messages of the protocol, the
/// contents of time-outs and inserted events, `Down` and `Exit`. For states that are known at run
/// time only, see `EventStateMachine`. Source: gen_statem(3), state functions.
/// Thread-safety: as `GenServer`.
template <typename Derived, typename P, typename... States>
class StateMachine
    : public StartsServer<Derived, P, detail::StateMachineBody<Derived, P, States...>> {
 public:
  using Ref = ServerRef<P>;
  using State = std::variant<States...>;

  /// The result of an event: the next state (or the same) and chained actions, as in
  /// `next(Verifying{}).state_timeout(30s, HealthTimeout{})`. Converts from a state.
  class Next : public MachineActions<Next> {
   public:
    Next() = default;
    template <typename S>
      requires(std::is_same_v<std::decay_t<S>, States> || ...)
    Next(S&& state) : to_(std::forward<S>(state)) {}  // NOLINT(google-explicit-constructor)

    /// Stores the content of a time-out or an inserted event. For the runtime.
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
  /// Goes to a state. A state of the same type replaces the data and is not a change: postponed
  /// events and the state's time-out remain.
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

  /// Returns a copy of the present state, also while the machine is suspended; not an event for it.
  /// Errors: as `call`. Source: sys:get_state/2.
  static Result<State> get_state(const Ref& machine,
                                 Duration timeout = limits::call_timeout_default) {
    return detail::control_call<State>(machine, detail::AskState<State>{}, timeout);
  }
  /// Replaces the state and returns the new one, for repairs. Does not call `on_enter`, change
  /// time-outs or redeliver postponed events. Errors: as `call`. Source: sys:replace_state/3.
  static Result<State> replace_state(const Ref& machine, State state,
                                     Duration timeout = limits::call_timeout_default) {
    return detail::control_call<State>(machine, detail::AskState<State>{std::move(state)}, timeout);
  }

 private:
  template <typename D, typename Q, typename... S>
  friend class detail::StateMachineBody;

  /// An event that the machine created for itself; it dispatches to the `on` of its own type.
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

  /// Calls the function for an event in the present state, for a request with its `From`.
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
