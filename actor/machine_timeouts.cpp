// SPDX-License-Identifier: Apache-2.0
#include "actor/machine_timeouts.hpp"

#include <set>
#include <utility>

namespace kith::detail {

void MachineTimeouts::change(std::vector<MachineAction>& actions) {
  if (actions.size() == 1) return apply(actions.front());
  std::set<EventKind> seen;
  std::vector<MachineAction*> last_ones;
  for (auto it = actions.rbegin(); it != actions.rend(); ++it) {
    if (seen.insert(it->event).second) last_ones.push_back(&*it);
  }
  for (auto it = last_ones.rbegin(); it != last_ones.rend(); ++it) apply(**it);
}

void MachineTimeouts::apply(MachineAction& action) {
  RunningTimeout* present = find(action.event);
  if (action.kind == MachineAction::Kind::update && present != nullptr) {
    present->content = std::move(action.content);
    return;
  }
  cancel(action.event);
  if (action.kind == MachineAction::Kind::cancel || action.after == infinite) return;
  RunningTimeout& running = make(action.event);
  running.content = std::move(action.content);
  if (action.after == Duration::zero()) {
    due_now_.push_back(std::move(action.event));
  } else {
    running.number = ++numbers_;
    running.timer = send_after(action.after, self(),
                               MachineTimeoutDue{std::move(action.event), running.number});
  }
}

void MachineTimeouts::cancel(const EventKind& kind) {
  const RunningTimeout* running = find(kind);
  if (running == nullptr) return;
  if (running->number == 0)
    std::erase(due_now_, kind);
  else
    cancel_timer(running->timer);
  forget(kind);
}

std::optional<MachineEvent> MachineTimeouts::take(const EventKind& kind, std::uint64_t number) {
  RunningTimeout* running = find(kind);
  if (running == nullptr || running->number != number) return std::nullopt;
  if (number == 0) std::erase(due_now_, kind);
  MachineEvent event(kind, std::move(running->content));
  forget(kind);
  return event;
}

RunningTimeout* MachineTimeouts::find(const EventKind& kind) {
  if (kind.type == EventType::state_timeout) return state_ ? &*state_ : nullptr;
  if (kind.type == EventType::event_timeout) return event_ ? &*event_ : nullptr;
  const auto it = named_.find(kind.name);
  return it == named_.end() ? nullptr : &it->second;
}

RunningTimeout& MachineTimeouts::make(const EventKind& kind) {
  if (kind.type == EventType::state_timeout) return state_.emplace();
  if (kind.type == EventType::event_timeout) return event_.emplace();
  return named_[kind.name];
}

void MachineTimeouts::forget(const EventKind& kind) {
  if (kind.type == EventType::state_timeout)
    state_.reset();
  else if (kind.type == EventType::event_timeout)
    event_.reset();
  else
    named_.erase(kind.name);
}

}  // namespace kith::detail
