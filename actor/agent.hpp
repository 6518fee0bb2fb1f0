// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <type_traits>
#include <utility>

#include "actor/gen_server.hpp"

namespace kith {

namespace detail {

/// A function for an agent's state, sent to the agent's process.
template <typename T>
struct AgentOperation {
  std::move_only_function<void(T&, MessageSignal&)> run;
};

/// Runs an agent: holds the state and applies the functions that are sent to it.
template <typename T>
class AgentBody final : public ServerBody {
 public:
  explicit AgentBody(std::move_only_function<T()> make) : make_(std::move(make)) {}

  void initialise() override {
    state_.emplace(make_());
    started();
  }
  void handle(MessagePointer message) override {
    if (take_own(*message) != Own::no) return;
    if (message->type() == typeid(Exit)) {
      const Exit& signal = *static_cast<Exit*>(message->content());
      if (signal.from == parent_of_this()) throw ExitProcess{signal.reason};
    } else if (message->type() == typeid(AgentOperation<T>)) {
      if (message->kind == SignalKind::call) remember_call(*message);
      static_cast<AgentOperation<T>*>(message->content())->run(*state_, *message);
    } else if (message->kind == SignalKind::call) {
      From<void>(*message).fail(
          Error(ErrorCode::invalid_argument, "an agent understands functions only"));
    }
  }

 private:
  OneCall<T> make_;
  std::optional<T> state_;
};

}  // namespace detail

/// Runs a process that holds a state of type T, which callers access by sending functions; they run
/// in the agent, one at a time. For plain state without logic: a slow function delays all others.
///
///     auto visits = Agent<int>::start_link(system, [] { return 0; }).value();
///     auto updated = visits.update([](int& count) { return ++count; });
///     Result<int> total = visits.get();
///
/// Copies of the handle refer to the same agent. Errors of all operations: as `call`; if the
/// function throws the agent ends and the caller gets `crashed`. Source: Elixir's Agent.
/// Thread-safety: any thread.
template <typename T>
class Agent {
 public:
  /// Starts an agent linked to the caller, or to the root of a `System` or `Node` given first.
  /// `make` runs in the new process and returns the first state.
  template <std::invocable F>
  static Result<Agent> start_link(F make, const StartOptions& options = {}) {
    return begin(detail::this_system(), std::move(make), options, detail::Bond::link);
  }
  template <HasSystem S, std::invocable F>
  static Result<Agent> start_link(S& owner, F make, const StartOptions& options = {}) {
    return begin(owner.system(), std::move(make), options, detail::Bond::link);
  }
  template <HasSystem S, std::invocable F>
  static Result<Agent> start(S& owner, F make, const StartOptions& options = {}) {
    return begin(owner.system(), std::move(make), options, detail::Bond::none);
  }
  /// Makes a handle for an agent that was started elsewhere; its state must be a T.
  explicit Agent(ServerAddress address) : address_(std::move(address)) {}

  /// Returns `f(state)`.
  template <std::invocable<const T&> F>
  auto get(F f, Duration timeout = limits::call_timeout_default) const
      -> Result<std::invoke_result_t<F&, const T&>> {
    return operate([f = std::move(f)](T& state) mutable { return f(std::as_const(state)); },
                   timeout);
  }
  /// Returns a copy of the state.
  Result<T> get() const {
    return get([](const T& state) { return state; });
  }
  /// Changes the state by `f(state)` and waits until that is done; drops its result.
  template <std::invocable<T&> F>
  Result<void> update(F f, Duration timeout = limits::call_timeout_default) const {
    return operate([f = std::move(f)](T& state) mutable { static_cast<void>(f(state)); }, timeout);
  }
  /// Changes the state and returns the result of `f(state)`.
  template <std::invocable<T&> F>
  auto get_and_update(F f, Duration timeout = limits::call_timeout_default) const
      -> Result<std::invoke_result_t<F&, T&>> {
    return operate(std::move(f), timeout);
  }
  /// Changes the state by `f(state)` without waiting for it.
  template <std::invocable<T&> F>
  Result<void> cast(F f) const {
    return detail::typed_send(
        address_,
        detail::AgentOperation<T>{[f = std::move(f)](T& state, detail::MessageSignal&) mutable {
          static_cast<void>(f(state));
        }});
  }
  /// Ends the agent and waits for its end.
  Result<void> stop(ExitReason reason = "normal", Duration timeout = infinite) const {
    return stop_server(address_, std::move(reason), timeout);
  }
  /// Returns the pid of its process, or a null pid if the handle was made with a name.
  [[nodiscard]] Pid pid() const { return address_.pid(); }
  [[nodiscard]] const ServerAddress& address() const { return address_; }

 private:
  template <typename F>
  static Result<Agent> begin(System& system, F make, const StartOptions& options,
                             detail::Bond bond) {
    auto body = std::make_unique<detail::AgentBody<T>>(std::move(make));
    const Result<Pid> pid = detail::start_and_wait(system, std::move(body), options, bond);
    if (!pid) return pid.error();
    return Agent(ServerAddress(&system, *pid));
  }

  template <typename F>
  auto operate(F f, Duration timeout) const -> Result<std::invoke_result_t<F&, T&>> {
    using R = std::invoke_result_t<F&, T&>;
    detail::AgentOperation<T> operation{
        [f = std::move(f)](T& state, detail::MessageSignal& message) mutable {
          const From<R> from(message);
          if constexpr (std::is_void_v<R>) {
            f(state);
            from.reply();
          } else {
            from.reply(f(state));
          }
        }};
    return detail::typed_call<R>(address_, std::move(operation), timeout);
  }

  ServerAddress address_;
};

}  // namespace kith
