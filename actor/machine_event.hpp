// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "actor/from.hpp"
#include "actor/signal.hpp"

namespace kith {

/// Sources of events of a state machine.
enum class EventType : std::uint8_t {
  call,           ///< a request; its sender waits for a reply
  cast,           ///< a message of the machine's protocol without a reply
  info,           ///< any other message: `Down`, `Exit`, ...
  internal,       ///< inserted by the machine itself
  event_timeout,  ///< no event arrived in time
  state_timeout,  ///< the state did not change in time
  named_timeout,  ///< the time-out with `MachineEvent::name` expired
  enter,          ///< a state was entered; the content is the state before
};

namespace detail {

/// A type of events, with the name of a named time-out.
struct EventKind {
  EventType type = EventType::info;
  std::string name;
  friend auto operator<=>(const EventKind&, const EventKind&) = default;
};

/// Stores a value as the content of an event.
template <typename T>
MessagePointer event_content(T value) {
  return std::make_unique<TypedMessage<T>>(SignalKind::message, std::move(value));
}

}  // namespace detail

/// An event of a state machine: its type and its content. Thread-safety: a process.
class MachineEvent {
 public:
  /// For the runtime.
  MachineEvent(EventType type, detail::MessagePointer content)
      : kind_{type, {}}, content_(std::move(content)) {}
  MachineEvent(detail::EventKind kind, detail::MessagePointer content)
      : kind_(std::move(kind)), content_(std::move(content)) {}

  [[nodiscard]] EventType type() const { return kind_.type; }
  /// Returns the name of a named time-out, else an empty string.
  [[nodiscard]] const std::string& name() const { return kind_.name; }
  /// Returns the content if it is a T, else null: `if (auto* push = event.get<Push>())`.
  template <typename T>
  [[nodiscard]] const T* get() const {
    if (!content_ || content_->type() != typeid(T)) return nullptr;
    return static_cast<const T*>(content_->content());
  }
  /// Returns the `From` of a `call` whose request has the reply R; it may be kept to answer later.
  template <typename R>
  [[nodiscard]] From<R> from() const {
    return From<R>(*content_);
  }
  /// Returns the message. For the runtime.
  [[nodiscard]] detail::MessageSignal& message() const { return *content_; }

 private:
  detail::EventKind kind_;
  detail::MessagePointer content_;
};

}  // namespace kith
