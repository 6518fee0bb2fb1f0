// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "actor/machine_actions.hpp"
#include "actor/machine_event.hpp"
#include "actor/machine_timeouts.hpp"
#include "actor/server_body.hpp"
#include "core/type_name.hpp"

/// The engine of state machines; applications use actor/state_machine.hpp and
/// actor/event_state_machine.hpp.
namespace kith::detail {

/// The decision of a machine's handler.
struct MachineVerdict {
  enum class Next : std::uint8_t { keep, change, repeat, stop, bad };
  Next next = Next::keep;
  std::optional<ExitReason> reason;  ///< stop
  std::vector<MachineAction> actions;
};

/// Orders events, time-outs and transitions of a state machine; the derived class has its states.
/// Source: gen_statem(3). Thread-safety: a process.
///
/// Invariant between two events: `waiting_` has the events to handle before the next message, and
/// `postponed_` those of the present state; a change of state moves the latter to the former.
class MachineEngine : public ServerBody {
 public:
  void handle(MessagePointer message) final;

 protected:
  /// Acknowledges the start, then makes the first transition: actions and the first enter call.
  void begin(std::vector<MachineAction> actions, bool enter_calls);

  /// Calls the handler of an event; the new state and data are stored by `commit` only.
  virtual MachineVerdict on_event(const MachineEvent& event) = 0;
  /// Makes the enter call of the new state.
  virtual MachineVerdict on_enter() = 0;
  /// Makes the new state and data the present ones. Not called if a handler throws.
  virtual void commit() = 0;
  /// Returns the present state, for people.
  [[nodiscard]] virtual std::string state_name() const = 0;
  /// True if a cheap test shows that the message is an event; false is not a proof of the contrary.
  [[nodiscard]] virtual bool is_event(const MessageSignal& message) const = 0;
  /// Converts a message to an event; nullopt if it is not one.
  virtual std::optional<MachineEvent> event_of(MessagePointer message) = 0;
  /// Answers a request to the machine itself, e.g. for its state; false for other messages.
  virtual bool take_request(MessageSignal& message) = 0;

 private:
  struct Transition {
    bool changed = false;
    bool postponed = false;
    std::vector<MachineEvent> inserted;
    std::vector<MachineAction> timeouts;
  };

  std::optional<MachineEvent> own_event_of(MessagePointer message);
  void work_off();
  void run(MachineEvent&& event);
  void enter_and_commit(Transition& transition, bool enter, const MachineEvent& event);
  void settle(Transition transition, MachineEvent&& event);
  void judge(MachineVerdict& verdict);
  void apply(MachineVerdict& verdict, Transition& transition, const MachineEvent& event,
             bool entering);
  [[noreturn]] void refuse_action();

  bool enter_calls_ = false;
  std::vector<MachineEvent> waiting_;    // inserted and redelivered, the next one last
  std::vector<MachineEvent> postponed_;  // until the state changes
  MachineTimeouts timeouts_;
};

/// Returns the index of a type among others, or their number if it is not one of them.
std::size_t index_of(const std::type_info& type, std::span<const std::type_info* const> types);

/// Returns a string, an enum (as its number) or a term as text, a state of another type as its
/// type.
template <typename State>
std::string state_text(const State& state) {
  if constexpr (std::is_convertible_v<const State&, std::string_view>)
    return std::string(std::string_view(state));
  else if constexpr (std::is_enum_v<State>)
    return std::to_string(static_cast<long long>(state));
  else if constexpr (std::is_same_v<State, Value>)
    return to_json(state);
  else
    return type_name(typeid(State));
}

/// Decodes a message that arrived as bytes into an M, if it has M's wire name.
template <typename M>
void decode_as(MessagePointer& message) {
  if constexpr (WireMessageType<M>) {
    if (message->type() != typeid(EncodedMessage)) return;
    if (message->wire_name() != M::kith_wire_name()) return;
    note_message(typeid(M));
    Result<M> decoded = content_as<M>(*message);
    if (!decoded) return;
    auto typed = std::make_unique<TypedMessage<M>>(message->kind, std::move(*decoded));
    typed->from = message->from;
    typed->reference = message->reference;
    message = std::move(typed);
  }
}

/// Fails a call that the machine does not know, or logs a message that it does not know.
void refuse_message(MessageSignal& message);

/// True if comparing addresses shows that the message has one of these types.
template <typename... Messages>
bool is_one_of(const MessageSignal& message) {
  const std::type_info* const type = &message.type();
  const bool is_call = message.kind == SignalKind::call;
  return ((type == &typeid(Messages) && Request<Messages> == is_call) || ...);
}

/// Converts a message to an event of a machine with these messages; nullopt after refusing it.
template <typename... Messages>
std::optional<MachineEvent> sort_message(MessagePointer message) {
  const bool is_call = message->kind == SignalKind::call;
  if (is_one_of<Messages...>(*message)) {
    return MachineEvent(is_call ? EventType::call : EventType::cast, std::move(message));
  }
  (decode_as<Messages>(message), ...);
  const auto fits = [&]<typename M>(std::type_identity<M>) {
    return message->type() == typeid(M) && Request<M> == is_call;
  };
  if ((fits(std::type_identity<Messages>{}) || ...)) {
    return MachineEvent(is_call ? EventType::call : EventType::cast, std::move(message));
  }
  const bool known = ((message->type() == typeid(Messages)) || ...);
  if (is_call || known || message->type() == typeid(EncodedMessage)) {
    refuse_message(*message);
    return std::nullopt;
  }
  return MachineEvent(EventType::info, std::move(message));
}

}  // namespace kith::detail
