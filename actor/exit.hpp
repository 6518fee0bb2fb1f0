// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "core/clock.hpp"
#include "core/pid.hpp"
#include "core/value.hpp"

namespace kith {

/// The reason of a process's end. Reserved reasons: "normal", "shutdown", ["shutdown", x],
/// "killed", "noproc", "noconnection", ["raise", text]. Source: Erlang reference manual, "Errors".
using ExitReason = Value;

/// The message that a monitor delivers, once: the process `pid` has ended, does not exist
/// ("noproc"), or its node cannot be reached ("noconnection").
struct Down {
  Reference reference;
  Pid pid;
  ExitReason reason;
};

/// The message that a process that traps exits receives instead of an exit signal.
struct Exit {
  Pid from;
  ExitReason reason;
};

/// The message that `timeout(duration)`, returned by a handler, delivers if no other arrives.
struct Timeout {};

/// Thrown by `kith::exit(reason)` to end the calling process. Not a `std::exception`, so that
/// handlers of errors do not swallow it.
struct ExitProcess {
  ExitReason reason;
};

/// Thrown in a waiting process that an exit signal ends, to unwind its stack. Not a
/// `std::exception`; `catch (...)` must rethrow it; waiting while unwinding aborts the node.
struct ForcedUnwind {};

/// A shutdown timeout of a child or a task: kills it at once, without a "shutdown" before.
inline constexpr Duration brutal_kill = Duration::min();

/// True for the reasons of an orderly end: "normal", "shutdown", ["shutdown", x].
[[nodiscard]] bool is_orderly(const ExitReason& reason);
/// Returns the exit reason of an uncaught exception: ["raise", text].
[[nodiscard]] ExitReason raised(std::string text);

}  // namespace kith
