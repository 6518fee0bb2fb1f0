// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "actor/process.hpp"
#include "core/pid.hpp"
#include "core/result.hpp"
#include "core/value.hpp"
#include "core/wire_types.hpp"

namespace kith {

/// Selects when a supervisor restarts an ended child. Source: supervisor(3), "restart".
enum class Restart : std::uint8_t {
  permanent,  ///< always
  transient,  ///< unless it ended with "normal", "shutdown" or ["shutdown", x]
  temporary,  ///< never; its specification is removed
};

/// Default time for a worker's orderly end, as in OTP. Source: supervisor(3), "shutdown".
inline constexpr Duration child_shutdown_default = std::chrono::seconds(5);

/// Holds the pid of a child just started and optional data from its start function.
/// Source: supervisor(3), startchild_ret(). Thread-safety: plain value.
struct StartedChild : Pid {
  StartedChild() = default;
  StartedChild(Pid pid, Value i = {}) : Pid(pid), info(std::move(i)) {}  // NOLINT(*-explicit-*)
  Value info;  ///< null unless the start function returns a `StartedChild` with it
};

/// Wraps a start function: any callable that returns `Result<Pid>` or `Result<StartedChild>`.
/// Thread-safety: called inside the supervisor's process.
class ChildStart {
 public:
  ChildStart() = default;
  template <typename F>
    requires(!std::is_same_v<std::decay_t<F>, ChildStart>)
  ChildStart(F f)  // NOLINT(google-explicit-constructor)
      : start_([f = std::move(f)]() mutable -> Result<StartedChild> {
          auto started = f();
          if (!started) return started.error();
          return StartedChild(std::move(*started));
        }) {}

  explicit operator bool() const { return static_cast<bool>(start_); }
  Result<StartedChild> operator()() const { return start_(); }

 private:
  std::function<Result<StartedChild>()> start_;
};

/// Delays the restarts of a child that keeps failing: `first`, then `factor` times the previous
/// delay, up to `max`; each delay varies by +/- `jitter`. A child that ran for `max` or longer
/// starts over with `first`. A delay of `infinite` ends the retries: the child then needs
/// `terminate_child` and `restart_child`. Thread-safety: plain value.
struct Backoff {
  /// Longer than 0. A higher value prolongs the outage after a single crash.
  Duration first = std::chrono::milliseconds(100);
  double factor = 2;  ///< at least 1; 1: constant delay
  /// Longer than 0; `infinite`: no maximum. A higher value loads a failing dependency less, but
  /// its recovery is noticed later.
  Duration max = std::chrono::seconds(30);
  double jitter = 0.1;  ///< fraction from 0 to 1; spreads children that failed together
};

/// Describes how a supervisor starts, restarts and stops one child. Source: supervisor(3),
/// child_spec(). Thread-safety: plain value; `start` runs inside the supervisor's process.
///
///     auto spec = child<DynamicSupervisor>("sessions", DynamicSupervisorOptions{});
///     spec.restart = Restart::transient;
///     spec.backoff = Backoff{.first = 50ms, .max = 10s};
struct ChildSpec {
  std::string id{};  ///< unique in its supervisor; only a label in a dynamic supervisor
  /// Starts the child linked to the calling process. A null pid means that there is no process to
  /// supervise (OTP: ignore). An error or exception is a failed start.
  ChildStart start{};
  Restart restart = Restart::permanent;
  /// Time from "shutdown" to "kill", not negative; `brutal_kill`: "kill" at once; `infinite`: never
  /// killed. A higher value lets a stuck child delay the stop of its supervisor.
  Duration shutdown = child_shutdown_default;
  bool is_supervisor = false;  ///< for `count` and display; its `shutdown` should be `infinite`
  /// Its orderly end may end the supervisor, see `AutoShutdown`. Not for permanent children.
  bool significant = false;
  std::optional<Backoff> backoff{};  ///< nullopt: restarted at once, as in OTP
};

/// Describes one child of a supervisor. Source: supervisor:which_children/1.
/// Thread-safety: plain value.
struct ChildInfo {
  std::string id;
  Pid pid;                  ///< null while it is not running
  bool restarting = false;  ///< its last start failed or its back-off is running; retried
  bool is_supervisor = false;
  std::uint64_t restarts = 0;         ///< number of restarts
  std::int64_t next_attempt_ms = -1;  ///< time left of its back-off; -1: none is running

  KITH_FIELDS(id, pid, restarting, is_supervisor, restarts, next_attempt_ms)
};

/// Counts the children of a supervisor. Source: supervisor:count_children/1.
/// Thread-safety: plain value.
struct ChildCounts {
  std::size_t specs = 0;        ///< all children, running or not
  std::size_t active = 0;       ///< children with a process
  std::size_t supervisors = 0;  ///< children that are supervisors, running or not
  std::size_t workers = 0;      ///< other children, running or not

  friend bool operator==(const ChildCounts&, const ChildCounts&) = default;
};

/// Returns a permanent child started by `Server::start_link(arguments...)`. Copies the arguments
/// for each start; the first may be a `StartOptions`. Thread-safety: any thread.
template <typename Server, typename... A>
[[nodiscard]] ChildSpec child(std::string id, A&&... arguments) {
  ChildSpec spec;
  spec.id = std::move(id);
  spec.start = [packed = std::make_tuple(std::forward<A>(arguments)...)]() -> Result<Pid> {
    auto copy = packed;
    auto started =
        std::apply([](auto&... each) { return Server::start_link(std::move(each)...); }, copy);
    if (!started) return started.error();
    return started->pid();
  };
  return spec;
}

namespace detail {

/// Calls the start function; an exception becomes the error `crashed`. Inside the supervisor only.
Result<StartedChild> start_child(const ChildSpec& spec);
/// Validates a specification: start function present, each field in its range. Error:
/// `invalid_argument`, naming the child and the field.
[[nodiscard]] Result<void> check(const ChildSpec& spec);
/// Validates that a duration is longer than 0. Error: `invalid_argument`, naming the field.
[[nodiscard]] Result<void> check_positive(std::string_view field, Duration time);
/// Validates a `shutdown` time: `brutal_kill`, or not negative. Error: as above.
[[nodiscard]] Result<void> check_shutdown(Duration time);
/// Returns the delay before restart `number` (from 1) of the child `id`; `infinite` means no
/// restart. `backoff` must satisfy `check`.
[[nodiscard]] Duration backoff_delay(const Backoff& backoff, std::uint64_t number,
                                     const std::string& id);
/// Stops a child and waits for its end: "shutdown", then "kill" after `spec.shutdown`. Leaves its
/// `Exit` in the mailbox; the supervisor ignores it because it no longer knows the pid.
void stop_child(const ChildSpec& spec, Pid pid);
/// Returns whether a child that ended with this reason must be restarted.
[[nodiscard]] bool wants_restart(Restart restart, const ExitReason& reason);
/// Returns the pid, or a null pid if it is a process of this system that has ended: its `Exit` may
/// not have reached the supervisor yet. Inside processes only.
[[nodiscard]] Pid while_alive(Pid pid);
/// Counts children by state and kind.
[[nodiscard]] ChildCounts count_children(const std::vector<ChildInfo>& children);

}  // namespace detail
}  // namespace kith
