// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "actor/state_machine_engine.hpp"

/// The process body of `EventStateMachine`; applications use actor/event_state_machine.hpp.
namespace kith {

/// State and data of a machine at one time.
template <typename State, typename Data>
struct MachineSnapshot {
  State state;
  Data data;
};

/// The result of an event; made by `keep`, `next`, ... of `EventStateMachine`.
template <typename State, typename Data>
class MachineStep : public MachineActions<MachineStep<State, Data>> {
 public:
  enum class Kind : std::uint8_t { nothing, keep, repeat, next, stop, ignore };

  MachineStep() = default;
  explicit MachineStep(Kind k) : kind(k) {}
  /// Replaces the data.
  MachineStep&& with_data(Data value) {
    data = std::move(value);
    return std::move(*this);
  }
  /// Enables enter calls; from `init` only. Entering a state, also the first one, is then an event
  /// of type `enter` whose content is the previous state.
  MachineStep&& with_enter_calls(bool on = true) {
    enter_calls = on;
    return std::move(*this);
  }
  using MachineActions<MachineStep>::next_event;
  /// Inserts an event of any type; the reply to a `call` goes to the caller of the present call.
  template <typename E>
  MachineStep&& next_event(EventType type, E event, std::string name = {}) {
    return this->insert({type, std::move(name)}, std::move(event));
  }

  template <typename E>
  static detail::MessagePointer content_of(E event) {
    return detail::event_content(std::move(event));
  }

  Kind kind = Kind::nothing;
  std::optional<State> state;
  std::optional<Data> data;
  ExitReason reason;
  bool enter_calls = false;
};

namespace detail {

/// Requests state and data; applies `f` to them first if it is set.
template <typename State, typename Data>
struct ReplaceMachineState {
  std::function<MachineSnapshot<State, Data>(MachineSnapshot<State, Data>)> f;
};

template <typename Machine, typename P, typename State, typename Data>
class EventMachineBody;

/// Runs a machine with one function for all events as a process.
template <typename Machine, typename... Messages, typename State, typename Data>
class EventMachineBody<Machine, Protocol<Messages...>, State, Data> final : public MachineEngine {
  using Step = MachineStep<State, Data>;
  using Snapshot = MachineSnapshot<State, Data>;
  using Replace = ReplaceMachineState<State, Data>;

 public:
  explicit EventMachineBody(std::move_only_function<std::unique_ptr<Machine>()> make)
      : make_(std::move(make)) {
    static_assert(Protocol<Messages...>::names_differ(), "two messages have the same wire name");
  }

  void initialise() override {
    machine_ = make_();
    Step step = machine_->init();
    if (step.kind == Step::Kind::ignore) ignored();
    if (step.kind == Step::Kind::stop) throw ExitProcess{std::move(step.reason)};
    if (step.kind != Step::Kind::next || !step.data) throw ExitProcess{"bad_return"};
    present_.emplace(Snapshot{std::move(*step.state), std::move(*step.data)});
    begin(step.take_actions(), step.enter_calls);
  }

  void terminate(const ExitReason& reason) override {
    if constexpr (requires { machine_->terminate(reason, present_->state, present_->data); }) {
      if (present_) machine_->terminate(reason, present_->state, present_->data);
    }
  }

  [[nodiscard]] std::string_view wire_name_of(const std::type_info& type) const override {
    return wire_name_among<Messages...>(type);
  }

 protected:
  MachineVerdict on_event(const MachineEvent& event) override {
    next_state_.reset();
    next_data_.reset();
    return verdict(machine_->handle_event(event, state(), data()), false);
  }

  MachineVerdict on_enter() override {
    const MachineEvent event(EventType::enter, event_content(present_->state));
    return verdict(machine_->handle_event(event, state(), data()), true);
  }

  void commit() override {
    if (next_state_) present_->state = *std::exchange(next_state_, std::nullopt);
    if (next_data_) present_->data = *std::exchange(next_data_, std::nullopt);
  }

  [[nodiscard]] std::string state_name() const override { return state_text(present_->state); }

  [[nodiscard]] bool is_event(const MessageSignal& message) const override {
    return is_one_of<Messages...>(message);
  }

  std::optional<MachineEvent> event_of(MessagePointer message) override {
    return sort_message<Messages...>(std::move(message));
  }

  bool take_request(MessageSignal& message) override {
    if (message.type() != typeid(Replace)) return false;
    const auto& request = *static_cast<Replace*>(message.content());
    try {
      if (request.f) present_ = request.f(*present_);
      From<Snapshot>(message).reply(*present_);
    } catch (const std::exception& problem) {  // an error of `f`: the machine continues
      From<Snapshot>(message).fail(Error(ErrorCode::invalid_argument, problem.what()));
    }
    return true;
  }

 private:
  /// State and data in the present transition: the new ones, until `commit` stores them.
  [[nodiscard]] const State& state() const { return next_state_ ? *next_state_ : present_->state; }
  [[nodiscard]] const Data& data() const { return next_data_ ? *next_data_ : present_->data; }

  MachineVerdict verdict(Step step, bool entering) {
    using Next = MachineVerdict::Next;
    MachineVerdict result;
    const bool changes = step.kind == Step::Kind::next && !(*step.state == state());
    const bool is_bad = step.kind == Step::Kind::nothing || step.kind == Step::Kind::ignore;
    if (is_bad || (changes && entering)) {
      result.next = Next::bad;
      return result;
    }
    if (changes) next_state_ = std::move(step.state);
    if (step.data) next_data_ = std::move(step.data);
    if (changes) result.next = Next::change;
    if (step.kind == Step::Kind::repeat) result.next = Next::repeat;
    if (step.kind == Step::Kind::stop) {
      result.next = Next::stop;
      result.reason = std::move(step.reason);
    }
    result.actions = step.take_actions();
    return result;
  }

  OneCall<std::unique_ptr<Machine>> make_;
  std::unique_ptr<Machine> machine_;
  std::optional<Snapshot> present_;
  std::optional<State> next_state_;
  std::optional<Data> next_data_;
};

}  // namespace detail
}  // namespace kith
