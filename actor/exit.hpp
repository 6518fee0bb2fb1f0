#pragma once

#include <string>

#include "core/clock.hpp"
#include "core/pid.hpp"
#include "core/value.hpp"

namespace kith {

/// Why a process ended. The reserved ones: "normal", "shutdown", ["shutdown", x], "killed",
/// "noproc", "noconnection", ["raise", text]. Source: Erlang reference manual, "Errors".
using ExitReason = Value;

/// What a monitor delivers, once: the process behind `pid` has ended or was never there ("noproc"),
/// or its node cannot be reached ("noconnection").
struct Down {
  Reference reference;
  Pid pid;
  ExitReason reason;
};

/// What a process that traps exits gets instead of an exit signal.
struct Exit {
  Pid from;
  ExitReason reason;
};

/// What `timeout(d)` of a handler's return delivers when no message came in the meantime.
struct Timeout {};

/// Thrown by `kith::exit(reason)`: ends the present process with that reason. Not a
/// `std::exception`, so that handlers of errors do not swallow it.
struct ExitProcess {
  ExitReason reason;
};

/// Thrown where a process waits when an exit signal ends it: unwinds its stack. Not a
/// `std::exception`; `catch (...)` must rethrow it; waiting while unwinding aborts the node.
struct ForcedUnwind {};

/// How long an orderly end may take, of a child or a task: it is killed without being asked.
inline constexpr Duration brutal_kill = Duration::min();

/// True for the reasons that are no failure: "normal", "shutdown", ["shutdown", x].
[[nodiscard]] bool is_orderly(const ExitReason& reason);
/// ["raise", text]: the reason of an uncaught exception.
[[nodiscard]] ExitReason raised(std::string text);

}  // namespace kith
