#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "actor/state_machine.hpp"

/// The engine of state machines; applications use actor/state_machine.hpp, which includes it.
namespace kith {

namespace detail {

/// Runs a state machine object as a process.
template <typename Derived, typename... Messages, typename... States>
class StateMachineBody<Derived, Protocol<Messages...>, States...> final : public ServerBody {
  using Base = StateMachine<Derived, Protocol<Messages...>, States...>;
  using Next = typename Base::Next;
  using State = typename Base::State;

 public:
  explicit StateMachineBody(std::move_only_function<std::unique_ptr<Derived>()> make)
      : make_(std::move(make)) {
    static_assert(Protocol<Messages...>::names_differ(), "two messages have the same wire name");
  }

  void start() override {
    starting();
    machine_ = make_();
    make_ = nullptr;
    if constexpr (requires { machine_->initial(); })
      state_.emplace(machine_->initial());
    else
      state_.emplace();
    enter();
    started();
    work_off();
  }

  void handle(MessagePointer message) override {
    if (take_own(*message) != Own::no) return;
    if (message->type() == typeid(Exit)) {
      const Exit& signal = *static_cast<Exit*>(message->content());
      if (signal.from == parent_of_this()) throw ExitProcess{signal.reason};
    }
    if (message->kind == SignalKind::call) remember_call(message->from, message->reference);
    if (message->type() != typeid(TimerDue)) disarm(Next::event_timer);
    waiting_.push_back({std::move(message), nullptr});
    work_off();
  }

  void terminate(const ExitReason& reason) override {
    if constexpr (HasTerminate<Derived>) {
      if (machine_) machine_->terminate(reason);
    }
  }

 private:
  /// A message from outside or an event of the machine's own.
  struct Event {
    MessagePointer message;
    typename Next::Deliver own;
  };
  struct TimerDue {
    std::string name;
    std::uint64_t number;
  };
  struct Armed {
    Timer timer;
    std::uint64_t number;
    typename Next::Deliver deliver;
  };

  void work_off() {
    while (!waiting_.empty()) {
      Event event = std::move(waiting_.front());
      waiting_.pop_front();
      Next next = event.own ? event.own(*machine_, *state_) : deliver(*event.message);
      obey(std::move(next), std::move(event));
    }
  }

  Next deliver(MessageSignal& message) {
    if (message.type() == typeid(TimerDue)) return timer_due(message);
    if (message.type() == typeid(Down)) return information<Down>(message);
    if (message.type() == typeid(Exit)) return information<Exit>(message);
    Next next;
    if (!(dispatch<Messages>(message, next) || ...)) {
      log_unexpected(message, "the machine does not know it");
      if (message.kind == SignalKind::call) {
        From<void>(this_system(), self(), message.from, message.reference)
            .fail(Error(ErrorCode::invalid_argument, "the machine does not know this message"));
      }
    }
    return next;
  }

  template <typename M>
  bool dispatch(MessageSignal& message, Next& next) {
    const bool typed = message.type() == typeid(M);
    if constexpr (WireMessageType<M>) {
      if (message.type() == typeid(EncodedMessage) && message.wire_name() == M::kith_wire_name()) {
        const Result<M> decoded = content_as<M>(message, wire_format());
        if (decoded)
          next = with_from(message, *decoded);
        else
          log_unexpected(message, decoded.error().text());
        return true;
      }
    }
    if (typed) next = with_from(message, *static_cast<const M*>(message.content()));
    return typed;
  }

  template <typename M>
  Next with_from(MessageSignal& message, const M& event) {
    if constexpr (Request<M>) {
      const From<typename M::Reply> from(this_system(), self(), message.from, message.reference);
      return Base::deliver(*machine_, *state_, event, from);
    } else {
      return Base::deliver(*machine_, *state_, event);
    }
  }

  /// Down and Exit concern a machine only when it has a function for them in some state.
  template <typename M>
  Next information(MessageSignal& message) {
    const M& event = *static_cast<const M*>(message.content());
    if constexpr ((HandlesEvent<Derived, States, M> || ...)) {
      return Base::deliver(*machine_, *state_, event);
    } else {
      return {};
    }
  }

  Next timer_due(MessageSignal& message) {
    const auto& due = *static_cast<TimerDue*>(message.content());
    const auto it = timers_.find(due.name);
    if (it == timers_.end() || it->second.number != due.number) return {};
    const auto deliver_event = std::move(it->second.deliver);
    timers_.erase(it);
    return deliver_event(*machine_, *state_);
  }

  void obey(Next next, Event event) {
    if (next.stop_reason) throw ExitProcess{std::move(*next.stop_reason)};
    if (next.postponed) postponed_.push_back(std::move(event));
    bool changed = false;
    if (next.to) {
      changed = next.to->index() != state_->index();
      *state_ = std::move(*next.to);
    }
    if (changed) {
      disarm(Next::state_timer);
      for (auto it = postponed_.rbegin(); it != postponed_.rend(); ++it) {
        waiting_.push_front(std::move(*it));
      }
      postponed_.clear();
    }
    arm(next);
    if (changed) enter();
  }

  void arm(Next& next) {
    for (auto& each : next.timers) {
      disarm(each.name);
      if (!each.deliver) continue;
      const std::uint64_t number = ++numbers_;
      const Timer timer = send_after(each.after, self(), TimerDue{each.name, number});
      timers_[each.name] = {timer, number, std::move(each.deliver)};
    }
    for (auto it = next.events.rbegin(); it != next.events.rend(); ++it) {
      waiting_.push_front({nullptr, std::move(*it)});
    }
  }

  void disarm(const std::string& name) {
    const auto it = timers_.find(name);
    if (it == timers_.end()) return;
    cancel_timer(it->second.timer);
    timers_.erase(it);
  }

  void enter() {
    std::visit(
        [this]<typename S>(S& state) {
          if constexpr (requires {
                          { machine_->on_enter(state) } -> std::same_as<Next>;
                        }) {
            Next next = machine_->on_enter(state);
            if (next.stop_reason) throw ExitProcess{std::move(*next.stop_reason)};
            arm(next);
          } else if constexpr (requires { machine_->on_enter(state); }) {
            machine_->on_enter(state);
          }
        },
        *state_);
  }

  std::move_only_function<std::unique_ptr<Derived>()> make_;
  std::unique_ptr<Derived> machine_;
  std::optional<State> state_;
  std::deque<Event> waiting_;
  std::deque<Event> postponed_;
  std::map<std::string, Armed> timers_;
  std::uint64_t numbers_ = 0;
};

}  // namespace detail
}  // namespace kith
