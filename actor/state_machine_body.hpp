// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <typeinfo>
#include <utility>
#include <variant>

#include "actor/server_handlers.hpp"
#include "actor/state_machine_engine.hpp"

/// The process body of `StateMachine`; applications use actor/state_machine.hpp.
namespace kith {

template <typename Derived, typename P, typename... States>
class StateMachine;

namespace detail {

template <typename Machine, typename State, typename Event>
concept HandlesEvent =
    requires(Machine& machine, State& state, const Event& event) { machine.on(state, event); };

/// Requests the state; replaces it by `instead` first if that is set.
template <typename State>
struct AskState {
  std::optional<State> instead;
};

template <typename Derived, typename P, typename... States>
class StateMachineBody;

/// Runs a state machine object as a process.
template <typename Derived, typename... Messages, typename... States>
class StateMachineBody<Derived, Protocol<Messages...>, States...> final : public MachineEngine {
  using State = std::variant<States...>;

 public:
  explicit StateMachineBody(std::move_only_function<std::unique_ptr<Derived>()> make)
      : make_(std::move(make)) {
    static_assert(Protocol<Messages...>::names_differ(), "two messages have the same wire name");
  }

  void initialise() override {
    machine_ = make_();
    if constexpr (requires { machine_->initial(); })
      state_.emplace(machine_->initial());
    else
      state_.emplace();
    begin({}, true);
  }

  void terminate(const ExitReason& reason) override {
    if constexpr (HasTerminate<Derived>) {
      if (machine_) machine_->terminate(reason);
    }
  }

  [[nodiscard]] std::string_view wire_name_of(const std::type_info& type) const override {
    return wire_name_among<Messages...>(type);
  }

 protected:
  MachineVerdict on_event(const MachineEvent& event) override { return verdict(next_for(event)); }

  MachineVerdict on_enter() override {
    return std::visit(
        [&](auto& state) -> MachineVerdict {
          if constexpr (requires { machine_->on_enter(state); }) {
            using Returned = decltype(machine_->on_enter(state));
            if constexpr (!std::is_void_v<Returned>) return verdict(machine_->on_enter(state));
            machine_->on_enter(state);
          }
          return {};
        },
        *state_);
  }

  /// Does nothing: states are modified in place, also by a handler that throws later.
  void commit() override {}

  [[nodiscard]] std::string state_name() const override {
    return std::visit([](const auto& state) { return state_text(state); }, *state_);
  }

  [[nodiscard]] bool is_event(const MessageSignal& message) const override {
    return is_one_of<Messages...>(message);
  }

  std::optional<MachineEvent> event_of(MessagePointer message) override {
    auto event = sort_message<Messages...>(std::move(message));
    if (!event || event->type() != EventType::info) return event;
    const bool wanted = (event->template get<Down>() != nullptr && handles<Down>()) ||
                        (event->template get<Exit>() != nullptr && handles<Exit>());
    if (wanted) return event;
    const bool known = event->template get<Down>() || event->template get<Exit>();
    if (!known) refuse_message(event->message());
    return std::nullopt;
  }

  bool take_request(MessageSignal& message) override {
    if constexpr ((std::is_copy_constructible_v<States> && ...)) {
      if (message.type() != typeid(AskState<State>)) return false;
      auto& request = *static_cast<AskState<State>*>(message.content());
      if (request.instead) *state_ = std::move(*request.instead);
      From<State>(message).reply(*state_);
      return true;
    } else {
      return false;
    }
  }

 private:
  // Usable only inside functions: the class is incomplete until the machine's class is complete.
  using Base = StateMachine<Derived, Protocol<Messages...>, States...>;

  /// True if the machine has a function for M in some state; otherwise `Down` and `Exit` are
  /// dropped.
  template <typename M>
  static consteval bool handles() {
    return (HandlesEvent<Derived, States, M> || ...);
  }

  auto next_for(const MachineEvent& event) {
    MessageSignal& message = event.message();
    if (event.type() == EventType::call || event.type() == EventType::cast) {
      static constexpr const std::type_info* types[] = {&typeid(Messages)..., nullptr};
      const std::span known(types, sizeof...(Messages));
      return deliver_as<Messages...>(index_of(message.type(), known), message);
    }
    if constexpr (handles<Down>()) {
      if (event.type() == EventType::info && event.get<Down>() != nullptr) {
        return Base::deliver(*machine_, *state_, *event.get<Down>());
      }
    }
    if constexpr (handles<Exit>()) {
      if (event.type() == EventType::info) {
        return Base::deliver(*machine_, *state_, *event.get<Exit>());
      }
    }
    return static_cast<typename Base::AnyOwnEvent&>(message).deliver(*machine_, *state_);
  }

  /// Delivers a message as the type with this index among the given ones.
  template <typename M, typename... Others>
  auto deliver_as(std::size_t index, MessageSignal& message) {
    if constexpr (sizeof...(Others) > 0) {
      if (index > 0) return deliver_as<Others...>(index - 1, message);
    }
    const M& event = *static_cast<const M*>(message.content());
    if constexpr (Request<M>) {
      return Base::deliver(*machine_, *state_, event, From<typename M::Reply>(message));
    } else {
      return Base::deliver(*machine_, *state_, event);
    }
  }

  template <typename Next>
  MachineVerdict verdict(Next next) {
    using Follows = MachineVerdict::Next;
    MachineVerdict result;
    result.actions = next.take_actions();
    if (next.stop_reason_) {
      result.next = Follows::stop;
      result.reason = std::move(*next.stop_reason_);
    } else if (next.to_) {
      if (next.to_->index() != state_->index()) result.next = Follows::change;
      *state_ = std::move(*next.to_);
    } else if (next.repeats_) {
      result.next = Follows::repeat;
    }
    return result;
  }

  OneCall<std::unique_ptr<Derived>> make_;
  std::unique_ptr<Derived> machine_;
  std::optional<State> state_;
};

}  // namespace detail
}  // namespace kith
