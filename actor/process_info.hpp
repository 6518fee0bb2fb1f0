#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "actor/process.hpp"

namespace kith {

/// What a process says of itself.
struct ProcessInfo {
  Pid pid;
  std::string label;
  Pid parent;                ///< who it was linked to when it was started, if anybody
  std::vector<Pid> links;    ///< in no order
  std::size_t monitors = 0;  ///< processes that it watches
  std::size_t message_queue_length = 0;
  bool traps_exits = false;
  bool is_suspended = false;
  bool is_waiting = false;  ///< inside a handler: it calls, receives or sleeps
  bool is_supervisor = false;
  std::string last_message;  ///< the C++ type of what it handles or handled last; or empty
};

/// Asks a process of this system. It answers between two messages and while it waits; one that
/// computes answers afterwards. Costs nothing when it is not used. Errors: `no_process`, `timeout`,
/// `invalid_argument` (it lives on another node). Source: erlang:process_info/2.
Result<ProcessInfo> process_info(Pid pid, Duration timeout = limits::call_timeout_default);
Result<ProcessInfo> process_info(System& system, Pid pid,
                                 Duration timeout = limits::call_timeout_default);

}  // namespace kith
