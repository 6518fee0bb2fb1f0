#include "actor/state_machine_engine.hpp"

#include <algorithm>
#include <exception>
#include <iterator>
#include <utility>

namespace kith::detail {
namespace {

const EventKind state_timer{EventType::state_timeout, {}};
const EventKind event_timer{EventType::event_timeout, {}};

/// Puts events before those that wait, in their order.
template <typename Events>
void put_before(std::deque<MachineEvent>& waiting, Events& events) {
  if (events.empty()) return;
  waiting.insert(waiting.begin(), std::make_move_iterator(events.begin()),
                 std::make_move_iterator(events.end()));
  events.clear();
}

}  // namespace

void refuse_message(MessageSignal& message) {
  if (message.kind == SignalKind::call) {
    From<void>(this_system(), self(), message.from, message.reference)
        .fail(Error(ErrorCode::invalid_argument, "the machine does not know this message"));
  } else {
    log_unexpected(message, "the machine does not know it");
  }
}

// --- what comes in ----------------------------------------------------------------

void MachineEngine::begin(std::vector<MachineAction> actions, bool enter_calls) {
  enter_calls_ = enter_calls;
  started();
  try {
    MachineEvent none({EventType::internal, {}}, event_content(Acknowledgement{}));
    Transition transition;
    MachineVerdict verdict;
    verdict.actions = std::move(actions);
    obey(verdict, transition, none, false);
    transition.postponed = false;
    enter_and_commit(transition, enter_calls_, none);
    settle(std::move(transition), std::move(none));
    work_off();
  } catch (const ExitProcess& wish) {  // it has been started: `terminate` runs
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
    run(MachineEvent({is_call ? EventType::call : EventType::cast, {}}, std::move(message)));
  } else {
    std::optional<MachineEvent> event = own_event_of(std::move(message));
    if (!event) return;
    run(std::move(*event));
  }
  work_off();
}

/// The event that a message is which may concern the machine itself.
std::optional<MachineEvent> MachineEngine::own_event_of(MessagePointer message) {
  if (message->type() == typeid(TimeoutDue)) {
    const auto& due = *static_cast<TimeoutDue*>(message->content());
    return take_timeout(due.kind, due.number);
  }
  if (take_own(*message) != Own::no || take_request(*message)) return std::nullopt;
  if (message->type() == typeid(Exit)) {
    const Exit& signal = *static_cast<Exit*>(message->content());
    if (signal.from == parent_of_this()) throw ExitProcess{signal.reason};
  }
  if (message->kind == SignalKind::call) remember_call(*message);
  return event_of(std::move(message));
}

void MachineEngine::work_off() {
  while (!waiting_.empty() || !due_now_.empty()) {
    if (waiting_.empty()) {
      run(*take_timeout(EventKind(due_now_.front()), 0));
    } else {
      MachineEvent event = std::move(waiting_.front());
      waiting_.pop_front();
      run(std::move(event));
    }
  }
}

// --- one transition ---------------------------------------------------------------

void MachineEngine::run(MachineEvent&& event) {
  MachineVerdict verdict = on_event(event);
  if (verdict.next == MachineVerdict::Next::keep && verdict.actions.empty() && running_.empty()) {
    return commit();  // the usual event: nothing follows from it
  }
  judge(verdict);
  Transition transition;
  transition.changed = verdict.next == MachineVerdict::Next::change;
  obey(verdict, transition, event, false);
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
    obey(verdict, transition, event, true);
    enter = verdict.next == MachineVerdict::Next::repeat;
  }
  commit();
}

/// Ends the machine when the handler wants that, or gave what it may not give.
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
  throw ExitProcess{std::move(verdict.reason)};
}

/// Sends the replies and notes the rest.
void MachineEngine::obey(MachineVerdict& verdict, Transition& transition, const MachineEvent& event,
                         bool entering) {
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
        [[fallthrough]];
      case MachineAction::Kind::cancel:
      case MachineAction::Kind::update:
        transition.timeouts.push_back(std::move(action));
        break;
    }
  }
}

void MachineEngine::refuse_action() {
  commit();
  throw ExitProcess{"bad_action"};
}

/// Brings events and time-outs into the order that follows from a transition.
void MachineEngine::settle(Transition transition, MachineEvent&& event) {
  if (transition.postponed) postponed_.push_back(std::move(event));
  if (transition.changed) {
    put_before(waiting_, postponed_);
    cancel(state_timer);
  }
  cancel(event_timer);
  if (!transition.timeouts.empty()) change_timeouts(transition.timeouts);
  put_before(waiting_, transition.inserted);
}

// --- time-outs --------------------------------------------------------------------

void MachineEngine::change_timeouts(std::vector<MachineAction>& actions) {
  std::set<EventKind> seen;
  std::vector<MachineAction*> last_ones;
  for (auto it = actions.rbegin(); it != actions.rend(); ++it) {
    if (seen.insert(it->event).second) last_ones.push_back(&*it);
  }
  for (auto it = last_ones.rbegin(); it != last_ones.rend(); ++it) {
    MachineAction& action = **it;
    const auto found = running_.find(action.event);
    if (action.kind == MachineAction::Kind::update && found != running_.end()) {
      found->second.content = std::move(action.content);
      continue;
    }
    cancel(action.event);
    if (action.kind == MachineAction::Kind::cancel || action.after == infinite) continue;
    start_timeout(action.event, action.after, std::move(action.content));
  }
}

void MachineEngine::start_timeout(const EventKind& kind, Duration after, MessagePointer content) {
  Running& running = running_[kind];
  running.content = std::move(content);
  if (after == Duration::zero()) {
    due_now_.push_back(kind);
  } else {
    running.number = ++numbers_;
    running.timer = send_after(after, self(), TimeoutDue{kind, running.number});
  }
}

void MachineEngine::cancel(const EventKind& kind) {
  const auto it = running_.find(kind);
  if (it == running_.end()) return;
  if (it->second.number == 0)
    std::erase(due_now_, kind);
  else
    cancel_timer(it->second.timer);
  running_.erase(it);
}

/// The event of a time-out that has run out; nothing when it was cancelled or replaced meanwhile.
std::optional<MachineEvent> MachineEngine::take_timeout(const EventKind& kind,
                                                        std::uint64_t number) {
  const auto it = running_.find(kind);
  if (it == running_.end() || it->second.number != number) return std::nullopt;
  if (number == 0) std::erase(due_now_, kind);
  MachineEvent event(kind, std::move(it->second.content));
  running_.erase(it);
  return event;
}

}  // namespace kith::detail
