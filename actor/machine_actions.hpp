// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "actor/machine_event.hpp"
#include "core/clock.hpp"

namespace kith {

namespace detail {

/// An action of a state machine at a transition.
struct MachineAction {
  enum class Kind : std::uint8_t { reply, postpone, insert, start, cancel, update };
  Kind kind = Kind::reply;
  EventKind event;                       ///< insert: its kind; else the kind of the time-out
  Duration after{};                      ///< start
  MessagePointer content;                ///< insert, start, update
  bool postponed = false;                ///< postpone
  std::move_only_function<void()> send;  ///< reply
};

}  // namespace detail

/// Adds actions to a transition, chained to the return value of a handler:
/// `return keep().reply(from, 1).state_timeout(30s, Late{});`, or called on a variable. Replies are
/// sent at once; of several actions on one time-out only the last counts. A time-out of zero
/// expires before any queued message is handled; one of `infinite` never expires.
/// `Self::content_of(value)` stores the content of an event. Source: gen_statem(3), action().
template <typename Self>
class MachineActions {
  using Action = detail::MachineAction;

 public:
  /// Answers the present call or an earlier one; only the first answer counts.
  template <typename R, typename... V>
  Self&& reply(const From<R>& from, V... value) {
    auto& action = add(Action::Kind::reply);
    action.send = [from, ... value = std::move(value)]() mutable {
      from.reply(std::move(value)...);
    };
    return self();
  }
  /// Postpones the present event until the state has changed.
  Self&& postpone(bool on = true) {
    add(Action::Kind::postpone).postponed = on;
    return self();
  }
  /// Inserts an event that is handled next, before any queued message; several in this order.
  template <typename E>
  Self&& next_event(E event) {
    return insert({EventType::internal, {}}, std::move(event));
  }
  /// Delivers `event` if the state does not change within `after`; one at a time.
  template <typename E>
  Self&& state_timeout(Duration after, E event) {
    return start({EventType::state_timeout, {}}, after, std::move(event));
  }
  /// Delivers `event` if no other event is handled within `after`; one at a time.
  template <typename E>
  Self&& event_timeout(Duration after, E event) {
    return start({EventType::event_timeout, {}}, after, std::move(event));
  }
  /// Delivers `event` after `after`, regardless of other events and states; one per name.
  template <typename E>
  Self&& timeout(std::string name, Duration after, E event) {
    return start({EventType::named_timeout, std::move(name)}, after, std::move(event));
  }
  /// Cancels a time-out; no effect if it is not running.
  Self&& cancel_state_timeout() { return cancel({EventType::state_timeout, {}}); }
  Self&& cancel_event_timeout() { return cancel({EventType::event_timeout, {}}); }
  Self&& cancel_timeout(std::string name) {
    return cancel({EventType::named_timeout, std::move(name)});
  }
  /// Replaces the event of a running time-out; one that is not running is started with zero.
  template <typename E>
  Self&& update_state_timeout(E event) {
    return act(Action::Kind::update, {EventType::state_timeout, {}}, std::move(event));
  }
  template <typename E>
  Self&& update_event_timeout(E event) {
    return act(Action::Kind::update, {EventType::event_timeout, {}}, std::move(event));
  }
  template <typename E>
  Self&& update_timeout(std::string name, E event) {
    return act(Action::Kind::update, {EventType::named_timeout, std::move(name)}, std::move(event));
  }
  /// Has no effect: an idle process has no stack to release. Source: gen_statem's `hibernate`.
  Self&& hibernate() { return self(); }

  /// Takes the chained actions. For the runtime.
  [[nodiscard]] std::vector<detail::MachineAction> take_actions() { return std::move(actions_); }

 protected:
  template <typename E>
  Self&& insert(detail::EventKind event, E content) {
    return act(Action::Kind::insert, std::move(event), std::move(content));
  }

 private:
  Self&& self() { return static_cast<Self&&>(*this); }
  Action& add(Action::Kind kind) {
    Action& action = actions_.emplace_back();
    action.kind = kind;
    return action;
  }
  template <typename E>
  Self&& act(Action::Kind kind, detail::EventKind event, E content) {
    Action& action = add(kind);
    action.event = std::move(event);
    action.content = Self::content_of(std::move(content));
    return self();
  }
  template <typename E>
  Self&& start(detail::EventKind event, Duration after, E content) {
    act(Action::Kind::start, std::move(event), std::move(content));
    actions_.back().after = after;
    return self();
  }
  Self&& cancel(detail::EventKind event) {
    add(Action::Kind::cancel).event = std::move(event);
    return self();
  }

  std::vector<Action> actions_;
};

}  // namespace kith
