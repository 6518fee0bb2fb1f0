#pragma once

#include <cstdint>
#include <string>

#include "actor/process.hpp"

namespace kith {

/// Something that a traced process did; a message of its tracer.
struct TraceEvent {
  enum class Kind : std::uint8_t {
    received,  ///< it took a message out of its mailbox
    answered,  ///< it took the answer of a call
    sent,      ///< it sent a message, a call or a reply
    state,     ///< a state machine changed its state
    ended,     ///< it ended
  };
  Kind kind = Kind::received;
  Pid pid;           ///< who did it
  std::string what;  ///< the C++ type of the message, the new state, or the exit reason
  Pid other;         ///< received, answered: from whom; sent: to whom
  TimePoint at;
};

/// Lets a process of this system tell another one, the tracer, of all that it does from now on: a
/// message `TraceEvent` each, in order, which a tracer with a full mailbox loses. One tracer at a
/// time; when the tracer has ended the events go nowhere. Costs a predicted branch for each message
/// while it is not used. Errors: as `process_info`, and `invalid_argument` for a process that would
/// trace itself. Source: sys:trace/2, erlang:trace/3.
Result<void> trace(Pid traced, Pid tracer, Duration timeout = limits::call_timeout_default);
Result<void> trace(System& system, Pid traced, Pid tracer,
                   Duration timeout = limits::call_timeout_default);
/// Ends that.
Result<void> stop_trace(Pid traced, Duration timeout = limits::call_timeout_default);
Result<void> stop_trace(System& system, Pid traced,
                        Duration timeout = limits::call_timeout_default);

}  // namespace kith
