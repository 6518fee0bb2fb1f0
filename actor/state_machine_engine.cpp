// SPDX-License-Identifier: Apache-2.0
#include "actor/state_machine_engine.hpp"

#include <algorithm>
#include <exception>
#include <iterator>
#include <utility>

namespace kith::detail {
namespace {

/// Moves events in front of the waiting ones, in order; the next event is at the back of `waiting`.
void put_before(std::vector<MachineEvent>& waiting, std::vector<MachineEvent>& events) {
  waiting.insert(waiting.end(), std::make_move_iterator(events.rbegin()),
                 std::make_move_iterator(events.rend()));
  events.clear();
}

bool is_timeout(const MachineAction& action) {
  return action.kind == MachineAction::Kind::start || action.kind == MachineAction::Kind::cancel ||
         action.kind == MachineAction::Kind::update;
}

}  // namespace

void refuse_message(MessageSignal& message) {
  if (message.kind == SignalKind::call) {
    From<void>(message).fail(
        Error(ErrorCode::invalid_argument, "the machine does not know this message"));
  } else {
    log_unexpected(message, "the machine does not know it");
  }
}

// --- events and messages ----------------------------------------------------------

void MachineEngine::begin(std::vector<MachineAction> actions, bool enter_calls) {
  enter_calls_ = enter_calls;
  started();
  try {
    MachineEvent none(EventType::internal, event_content(Acknowledgement{}));
    Transition transition;
    MachineVerdict verdict;
    verdict.actions = std::move(actions);
    apply(verdict, transition, none, false);
    transition.postponed = false;
    enter_and_commit(transition, enter_calls_, none);
    settle(std::move(transition), std::move(none));
    work_off();
  } catch (const ExitProcess& wish) {  // the start was acknowledged above, so `terminate` runs
    terminate(wish.reason);
    throw;
  } catch (const std::exception& problem) {
    terminate(raised(problem.what()));
    throw;
  }
}

void MachineEngine::handle(MessagePointer message) {
  if (is_event(*message)) {
    const bool is_call = message->kind == SignalKind::call;
    if (is_call) remember_call(*message);
    run(MachineEvent(is_call ? EventType::call : EventType::cast, std::move(message)));
  } else {
    std::optional<MachineEvent> event = own_event_of(std::move(message));
    if (!event) return;
    run(std::move(*event));
  }
  work_off();
}

/// Converts a message that may be for the machine itself; nullopt if it was, and is handled.
std::optional<MachineEvent> MachineEngine::own_event_of(MessagePointer message) {
  if (message->type() == typeid(MachineTimeoutDue)) {
    const auto& due = *static_cast<MachineTimeoutDue*>(message->content());
    return timeouts_.take(due.kind, due.number);
  }
  if (message->kind == SignalKind::call) remember_call(*message);
  if (take_own(*message) != Own::no || take_request(*message)) return std::nullopt;
  if (message->type() == typeid(Exit)) {
    const Exit& signal = *static_cast<Exit*>(message->content());
    if (signal.from == parent_of_this()) throw ExitProcess{signal.reason};
  }
  return event_of(std::move(message));
}

void MachineEngine::work_off() {
  while (!waiting_.empty() || timeouts_.is_due()) {
    if (waiting_.empty()) {
      run(timeouts_.take_due());
    } else {
      MachineEvent event = std::move(waiting_.back());
      waiting_.pop_back();
      run(std::move(event));
    }
  }
}

// --- one transition ---------------------------------------------------------------

void MachineEngine::run(MachineEvent&& event) {
  MachineVerdict verdict = on_event(event);
  if (verdict.next == MachineVerdict::Next::keep && verdict.actions.empty() &&
      !timeouts_.awaits_event()) {
    return commit();  // fast path for events without consequences
  }
  judge(verdict);
  Transition transition;
  transition.changed = verdict.next == MachineVerdict::Next::change;
  apply(verdict, transition, event, false);
  const bool enter = transition.changed || verdict.next == MachineVerdict::Next::repeat;
  enter_and_commit(transition, enter && enter_calls_, event);
  settle(std::move(transition), std::move(event));
}

void MachineEngine::enter_and_commit(Transition& transition, bool enter,
                                     const MachineEvent& event) {
  while (enter) {
    MachineVerdict verdict = on_enter();
    if (verdict.next == MachineVerdict::Next::change) verdict.next = MachineVerdict::Next::bad;
    judge(verdict);
    apply(verdict, transition, event, true);
    enter = verdict.next == MachineVerdict::Next::repeat;
  }
  commit();
  if (transition.changed && is_traced()) trace_state(state_name());
}

/// Ends the machine if the handler stopped it or returned an invalid step. Replies are sent before
/// that, and the state is stored, since `terminate` sees it.
void MachineEngine::judge(MachineVerdict& verdict) {
  if (verdict.next == MachineVerdict::Next::bad) {
    commit();
    throw ExitProcess{"bad_return"};
  }
  if (verdict.next != MachineVerdict::Next::stop) return;
  for (MachineAction& action : verdict.actions) {
    if (action.kind == MachineAction::Kind::reply) action.send();
  }
  commit();
  throw ExitProcess{std::move(*verdict.reason)};
}

/// Sends the replies and collects the other actions, which `settle` carries out after the enter
/// calls: these may add further actions.
void MachineEngine::apply(MachineVerdict& verdict, Transition& transition,
                          const MachineEvent& event, bool entering) {
  for (MachineAction& action : verdict.actions) {
    switch (action.kind) {
      case MachineAction::Kind::reply:
        action.send();
        break;
      case MachineAction::Kind::postpone:
        if (entering && action.postponed) refuse_action();
        transition.postponed = action.postponed;
        break;
      case MachineAction::Kind::insert:
        if (entering || action.event.type == EventType::enter) refuse_action();
        if (action.event.type == EventType::call) {
          action.content->from = event.message().from;
          action.content->reference = event.message().reference;
        }
        transition.inserted.emplace_back(std::move(action.event), std::move(action.content));
        break;
      case MachineAction::Kind::start:
        if (action.after < Duration::zero()) refuse_action();
        break;
      case MachineAction::Kind::cancel:
      case MachineAction::Kind::update:
        break;
    }
  }
  if (verdict.actions.empty()) return;
  std::erase_if(verdict.actions, [](const MachineAction& action) { return !is_timeout(action); });
  if (transition.timeouts.empty())
    transition.timeouts = std::move(verdict.actions);
  else
    std::ranges::move(verdict.actions, std::back_inserter(transition.timeouts));
}

void MachineEngine::refuse_action() {
  commit();
  throw ExitProcess{"bad_action"};
}

/// Orders events and time-outs after a transition. Inserted events come before postponed ones, and
/// these before other waiting events; the event time-out ends with any event.
void MachineEngine::settle(Transition transition, MachineEvent&& event) {
  if (transition.postponed) postponed_.push_back(std::move(event));
  if (transition.changed) {
    put_before(waiting_, postponed_);
    timeouts_.cancel(EventType::state_timeout);
  }
  timeouts_.cancel(EventType::event_timeout);
  if (!transition.timeouts.empty()) timeouts_.change(transition.timeouts);
  put_before(waiting_, transition.inserted);
}

std::size_t index_of(const std::type_info& type, std::span<const std::type_info* const> types) {
  const auto same = std::ranges::find(types, &type);
  if (same != types.end()) return static_cast<std::size_t>(same - types.begin());
  const auto equal = std::ranges::find_if(types, [&](const auto* each) { return *each == type; });
  return static_cast<std::size_t>(equal - types.begin());
}

}  // namespace kith::detail
