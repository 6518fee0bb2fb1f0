// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "actor/machine_actions.hpp"
#include "actor/machine_event.hpp"
#include "actor/process.hpp"

namespace kith::detail {

/// The message to a machine that one of its time-outs may be due.
struct MachineTimeoutDue {
  EventKind kind;
  std::uint64_t number;
};

/// A time-out of a state machine that has not expired yet.
struct RunningTimeout {
  std::uint64_t number = 0;  ///< zero: a time-out of zero, in `MachineTimeouts::due_now_`
  Timer timer;
  MessagePointer content;
};

/// The running time-outs of a state machine: at most one state time-out, one event time-out, and
/// one per name. Each has a number, so that the message of a replaced one is recognised and
/// dropped. Source: gen_statem(3), timeout_action(). Thread-safety: a process.
class MachineTimeouts {
 public:
  /// True if the next event cancels a time-out.
  [[nodiscard]] bool awaits_event() const { return event_.has_value(); }
  /// True if a time-out of zero waits for `take_due`.
  [[nodiscard]] bool is_due() const { return !due_now_.empty(); }
  /// Applies the actions; of several on one time-out only the last.
  void change(std::vector<MachineAction>& actions);
  void cancel(const EventKind& kind);
  void cancel(EventType type) { cancel(EventKind{type, {}}); }
  /// Takes the event of an expired time-out; nullopt if it was cancelled or replaced meanwhile.
  std::optional<MachineEvent> take(const EventKind& kind, std::uint64_t number);
  /// Takes the event of the oldest time-out of zero.
  MachineEvent take_due() { return *take(EventKind(due_now_.front()), 0); }

 private:
  void apply(MachineAction& action);
  RunningTimeout* find(const EventKind& kind);
  RunningTimeout& make(const EventKind& kind);
  void forget(const EventKind& kind);

  std::optional<RunningTimeout> state_;
  std::optional<RunningTimeout> event_;
  std::map<std::string, RunningTimeout> named_;
  std::vector<EventKind> due_now_;
  std::uint64_t numbers_ = 0;
};

}  // namespace kith::detail
