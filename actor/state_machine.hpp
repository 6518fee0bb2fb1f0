#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "actor/gen_server.hpp"

namespace kith {

/// Listed in a state machine's `using ignored = std::tuple<Ignored<State, Event>...>`: this event
/// in this state is passed over instead of being a crash.
template <typename State, typename Event>
struct Ignored {};

namespace detail {

template <typename Derived, typename P, typename... States>
class StateMachineBody;

template <typename Machine, typename State, typename Event>
concept HandlesEvent =
    requires(Machine& machine, State& state, const Event& event) { machine.on(state, event); };

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
/// Optional: `on_enter(State&)` (called at each change of state), `initial()` (else the first
/// state, default constructed), `terminate(reason)`. Source: gen_statem(3). Thread-safety: as
/// `GenServer`.
template <typename Derived, typename P, typename... States>
class StateMachine {
 public:
  using Ref = ServerRef<P>;
  using State = std::variant<States...>;

  /// What follows from an event: the next state (or the same) and actions, chained:
  /// `next(Verifying{}).state_timeout(30s, HealthTimeout{})`. A state converts to it.
  class Next {
   public:
    Next() = default;
    template <typename S>
      requires(std::is_same_v<std::decay_t<S>, States> || ...)
    Next(S&& state) : to(std::forward<S>(state)) {}  // NOLINT(google-explicit-constructor)

    /// Delivers `event` when the state has not changed for so long; one at a time.
    template <typename E>
    Next&& state_timeout(Duration after, E event) && {
      return arm(state_timer, after, std::move(event));
    }
    /// Delivers `event` when no other event comes for so long.
    template <typename E>
    Next&& event_timeout(Duration after, E event) && {
      return arm(event_timer, after, std::move(event));
    }
    /// Delivers `event` after that time, whatever happens; one for each name.
    template <typename E>
    Next&& timeout(std::string name, Duration after, E event) && {
      return arm(std::move(name), after, std::move(event));
    }
    /// Disarms a named time-out.
    Next&& cancel_timeout(std::string name) && {
      timers.push_back({std::move(name), Duration{}, nullptr});
      return std::move(*this);
    }
    /// Handles `event` next, before any waiting message.
    template <typename E>
    Next&& next_event(E event) && {
      events.push_back(erase(std::move(event)));
      return std::move(*this);
    }
    /// Keeps the present event until the state changes.
    Next&& postpone() && {
      postponed = true;
      return std::move(*this);
    }

   private:
    friend class StateMachine;
    template <typename D, typename Q, typename... S>
    friend class detail::StateMachineBody;
    using Deliver = std::function<Next(Derived&, State&)>;
    struct Arm {
      std::string name;
      Duration after;
      Deliver deliver;  ///< null: cancel
    };
    static constexpr const char* state_timer = "\x01state";
    static constexpr const char* event_timer =
        "\x01"
        "event";

    template <typename E>
    static Deliver erase(E event) {
      return [event = std::move(event)](Derived& machine, State& state) {
        return StateMachine::deliver(machine, state, event);
      };
    }
    template <typename E>
    Next&& arm(std::string name, Duration after, E event) {
      timers.push_back({std::move(name), after, erase(std::move(event))});
      return std::move(*this);
    }

    std::optional<State> to;
    std::optional<ExitReason> stop_reason;
    std::vector<Arm> timers;
    std::vector<Deliver> events;
    bool postponed = false;
  };

  /// Stays in the state.
  static Next keep() { return {}; }
  /// Goes to a state (also to the present one: that is no change, its timers go on).
  template <typename S>
  static Next next(S state) {
    return Next(std::move(state));
  }
  /// Ends the machine.
  static Next stop(ExitReason reason) {
    Next result;
    result.stop_reason = std::move(reason);
    return result;
  }

  /// As `GenServer::start_link`.
  template <HasSystem S, typename... A>
  static Result<Ref> start_link(S& owner, A&&... arguments) {
    return begin(owner.system(), std::forward<A>(arguments)...);
  }
  template <typename... A>
  static Result<Ref> start_link(A&&... arguments) {
    return begin(detail::this_system(), std::forward<A>(arguments)...);
  }

  /// Gives an event to the function for the present state, a request with the right to answer it.
  /// For the runtime.
  template <typename E>
  static Next deliver(Derived& machine, State& state, const E& event) {
    return std::visit([&](auto& present) { return in_state(machine, present, event); }, state);
  }
  template <typename E, typename R>
  static Next deliver(Derived& machine, State& state, const E& event, const From<R>& from) {
    return std::visit([&](auto& present) { return in_state(machine, present, event, from); },
                      state);
  }

 private:
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

  template <typename... A>
  static Result<Ref> begin(System& system, StartOptions options, A&&... arguments) {
    using Body = detail::StateMachineBody<Derived, P, States...>;
    auto body =
        std::make_unique<Body>([packed = std::make_tuple(std::forward<A>(arguments)...)]() mutable {
          return std::apply(
              [](auto&&... a) {
                return std::make_unique<Derived>(std::forward<decltype(a)>(a)...);
              },
              std::move(packed));
        });
    const Result<Pid> pid =
        detail::start_and_wait(system, std::move(body), options, detail::Bond::link);
    if (!pid) return pid.error();
    return Ref(&system, *pid);
  }
  template <typename... A>
  static Result<Ref> begin(System& system, A&&... arguments) {
    return begin(system, StartOptions{}, std::forward<A>(arguments)...);
  }
};

}  // namespace kith

#include "actor/state_machine_body.hpp"
