// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "actor/process.hpp"

namespace kith {

/// The answer of a process to `process_info`.
struct ProcessInfo {
  Pid pid;
  std::string label;
  Pid parent;                ///< the process it was linked to at its start; null if none
  std::vector<Pid> links;    ///< in no particular order
  std::size_t monitors = 0;  ///< number of its monitors of other processes
  std::size_t message_queue_length = 0;
  bool traps_exits = false;
  bool is_suspended = false;
  bool is_waiting = false;  ///< inside a handler: it calls, receives or sleeps
  bool is_supervisor = false;
  std::string last_message;  ///< C++ type of the message it handles or handled last; or empty
};

/// Asks a process of this system for its state. It answers between two messages and while it waits,
/// but not while it computes. Errors: `no_process`, `timeout`, `invalid_argument` (it runs on
/// another node). Source: erlang:process_info/2.
///
///     for (const Pid pid : system.processes()) {
///       const auto info = process_info(system, pid);
///       if (info && info->message_queue_length > 1000) {
///         system.log().warning("app", "a process lags behind", {{"label", info->label}});
///       }
///     }
Result<ProcessInfo> process_info(Pid pid, Duration timeout = limits::call_timeout_default);
Result<ProcessInfo> process_info(System& system, Pid pid,
                                 Duration timeout = limits::call_timeout_default);

}  // namespace kith
