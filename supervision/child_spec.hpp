#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "actor/process.hpp"
#include "core/pid.hpp"
#include "core/result.hpp"
#include "core/wire_types.hpp"

namespace kith {

/// When a supervisor starts an ended child again. Source: supervisor(3), "restart".
enum class Restart : std::uint8_t {
  permanent,  ///< always
  transient,  ///< unless it ended with "normal", "shutdown" or ["shutdown", x]
  temporary,  ///< never: it is forgotten
};

/// How long a worker may take for its orderly end. Source: supervisor(3), "shutdown".
inline constexpr Duration child_shutdown_default = std::chrono::seconds(5);
/// As `ChildSpec::shutdown`: the child is killed without being asked.
inline constexpr Duration brutal_kill = Duration::zero();

/// How a supervisor starts, restarts and stops one child. Source: supervisor(3), child_spec().
/// Thread-safety: plain value; `start` runs inside the supervisor's process.
struct ChildSpec {
  std::string id;  ///< unique in its supervisor; a dynamic supervisor uses it as a label only
  /// Starts the child linked to the calling process. The pid of no process means that there is
  /// nothing to watch (OTP: ignore). An error or exception is a failed start.
  std::function<Result<Pid>()> start;
  Restart restart = Restart::permanent;
  /// From "shutdown" to "kill"; zero: killed at once; `infinite`: never killed.
  Duration shutdown = child_shutdown_default;
  bool is_supervisor = false;  ///< for `count` and people; its `shutdown` should be `infinite`
};

/// One child as a supervisor sees it. Source: supervisor:which_children/1.
/// Thread-safety: plain value.
struct ChildInfo {
  std::string id;
  Pid pid;                  ///< of no process while it does not run
  bool restarting = false;  ///< its last start failed; it is tried again
  bool is_supervisor = false;

  KITH_FIELDS(id, pid, restarting, is_supervisor)
};

/// How many children there are. Source: supervisor:count_children/1. Thread-safety: plain value.
struct ChildCounts {
  std::size_t specs = 0;        ///< children, running or not
  std::size_t active = 0;       ///< those with a process
  std::size_t supervisors = 0;  ///< those that are supervisors, running or not
  std::size_t workers = 0;      ///< the others, running or not

  friend bool operator==(const ChildCounts&, const ChildCounts&) = default;
};

/// A permanent child that is started by `Server::start_link(arguments...)`; the arguments are
/// copied for each start, and a `StartOptions` may be the first. Change the fields of the
/// result: `auto spec = child<Cache>("cache"); spec.restart = Restart::transient;`
/// Thread-safety: any thread.
template <typename Server, typename... A>
[[nodiscard]] ChildSpec child(std::string id, A&&... arguments) {
  ChildSpec spec;
  spec.id = std::move(id);
  spec.start = [packed = std::make_tuple(std::forward<A>(arguments)...)]() -> Result<Pid> {
    auto copy = packed;
    auto started = std::apply([](auto&... each) { return Server::start_link(std::move(each)...); },
                              copy);
    if (!started) return started.error();
    return started->pid();
  };
  return spec;
}

namespace detail {

/// Calls the start function; what it throws is the error `crashed`. Inside the supervisor only.
Result<Pid> start_child(const ChildSpec& spec);
/// Ends a child and waits for it: "shutdown", after its time "kill". The `Exit` of the child stays
/// in the mailbox: it comes from a process that the supervisor no longer knows.
void stop_child(const ChildSpec& spec, Pid pid);
/// Whether a child that ended with this reason is to be started again.
[[nodiscard]] bool wants_restart(Restart restart, const ExitReason& reason);
/// The sums over some children.
[[nodiscard]] ChildCounts count_children(const std::vector<ChildInfo>& children);

}  // namespace detail
}  // namespace kith
