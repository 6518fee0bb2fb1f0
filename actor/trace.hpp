// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "actor/process.hpp"

namespace kith {

/// The message to a tracer about one action of a traced process.
struct TraceEvent {
  enum class Kind : std::uint8_t {
    received,  ///< it took a message out of its mailbox
    answered,  ///< it took the answer of a call
    sent,      ///< it sent a message, a call or a reply
    state,     ///< a state machine changed its state
    ended,     ///< it ended
  };
  Kind kind = Kind::received;
  Pid pid;           ///< the traced process
  std::string what;  ///< the C++ type of the message, the new state, or the exit reason
  Pid other;         ///< received, answered: the sender; sent: the receiver
  TimePoint at;
};

/// Starts sending a `TraceEvent` for each action of a process of this system to the tracer, in
/// order. Events are dropped while the tracer's mailbox is full and after its end. A process has at
/// most one tracer. Costs one predicted branch per message while not used. Errors: as
/// `process_info`, and `invalid_argument` for a process that would trace itself.
/// Source: sys:trace/2, erlang:trace/3.
Result<void> trace(Pid traced, Pid tracer, Duration timeout = limits::call_timeout_default);
Result<void> trace(System& system, Pid traced, Pid tracer,
                   Duration timeout = limits::call_timeout_default);
/// Stops tracing a process. Errors: as `process_info`.
Result<void> stop_trace(Pid traced, Duration timeout = limits::call_timeout_default);
Result<void> stop_trace(System& system, Pid traced,
                        Duration timeout = limits::call_timeout_default);

}  // namespace kith
