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

/// When a supervisor starts an ended child again. Source: supervisor(3), "restart".
enum class Restart : std::uint8_t {
  permanent,  ///< always
  transient,  ///< unless it ended with "normal", "shutdown" or ["shutdown", x]
  temporary,  ///< never: it is forgotten
};

/// How long a worker may take for its orderly end. Source: supervisor(3), "shutdown".
inline constexpr Duration child_shutdown_default = std::chrono::seconds(5);

/// A child that has just been started: its pid, and what its start function tells besides.
/// Source: supervisor(3), startchild_ret(). Thread-safety: plain value.
struct StartedChild : Pid {
  StartedChild() = default;
  StartedChild(Pid pid, Value i = {}) : Pid(pid), info(std::move(i)) {}  // NOLINT(*-explicit-*)
  Value info;  ///< null unless the start function gives a `StartedChild`
};

/// A start function: any callable that gives `Result<Pid>` or `Result<StartedChild>`.
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

/// How long a supervisor waits before it starts an ended child again, so that something that fails
/// for long is not hammered: `first`, then `factor` times as long after each restart, at most
/// `max`; each wait up to `jitter` (a fraction) shorter or longer. A child that has run for `max`
/// begins again with `first`. A wait of `infinite` has no end: `terminate_child` and
/// `restart_child` start the child again. Thread-safety: plain value.
struct Backoff {
  Duration first = std::chrono::milliseconds(100);  ///< longer than 0
  double factor = 2;                                ///< at least 1
  Duration max = std::chrono::seconds(30);          ///< longer than 0; `infinite`: no maximum
  double jitter = 0.1;                              ///< from 0 to 1
};

/// How a supervisor starts, restarts and stops one child. Source: supervisor(3), child_spec().
/// Thread-safety: plain value; `start` runs inside the supervisor's process.
struct ChildSpec {
  std::string id{};  ///< unique in its supervisor; a dynamic supervisor uses it as a label only
  /// Starts the child linked to the calling process. The pid of no process means that there is
  /// nothing to watch (OTP: ignore). An error or exception is a failed start.
  ChildStart start{};
  Restart restart = Restart::permanent;
  /// From "shutdown" to "kill"; `brutal_kill`: "kill" at once; `infinite`: never killed. Not
  /// negative otherwise.
  Duration shutdown = child_shutdown_default;
  bool is_supervisor = false;  ///< for `count` and people; its `shutdown` should be `infinite`
  /// Its orderly end may end the supervisor, see `AutoShutdown`; not for permanent children.
  bool significant = false;
  std::optional<Backoff> backoff{};  ///< absent: started again at once, as OTP does
};

/// One child as a supervisor sees it. Source: supervisor:which_children/1.
/// Thread-safety: plain value.
struct ChildInfo {
  std::string id;
  Pid pid;                  ///< of no process while it does not run
  bool restarting = false;  ///< its last start failed, or its back-off lasts: it is tried again
  bool is_supervisor = false;
  std::uint64_t restarts = 0;         ///< how often it has been started again
  std::int64_t next_attempt_ms = -1;  ///< while its back-off lasts: how long it still does, else -1

  KITH_FIELDS(id, pid, restarting, is_supervisor, restarts, next_attempt_ms)
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
    auto started =
        std::apply([](auto&... each) { return Server::start_link(std::move(each)...); }, copy);
    if (!started) return started.error();
    return started->pid();
  };
  return spec;
}

namespace detail {

/// Calls the start function; what it throws is the error `crashed`. Inside the supervisor only.
Result<StartedChild> start_child(const ChildSpec& spec);
/// Refuses what no supervisor can work with: no start function, a field out of its range. Error:
/// `invalid_argument`, naming the child and the field.
[[nodiscard]] Result<void> check(const ChildSpec& spec);
/// Refuses a time that is not longer than 0. Error: `invalid_argument`, naming the field.
[[nodiscard]] Result<void> check_positive(std::string_view field, Duration time);
/// Refuses a time to shut down that is negative and not `brutal_kill`. Error: as above.
[[nodiscard]] Result<void> check_shutdown(Duration time);
/// How long to wait before the restart with this number, from 1 on, of a child with this id;
/// `infinite` when it is not to be restarted. The back-off is one that `check` accepts.
[[nodiscard]] Duration backoff_delay(const Backoff& backoff, std::uint64_t number,
                                     const std::string& id);
/// Ends a child and waits for it: "shutdown", after its time "kill". The `Exit` of the child stays
/// in the mailbox: it comes from a process that the supervisor no longer knows.
void stop_child(const ChildSpec& spec, Pid pid);
/// Whether a child that ended with this reason is to be started again.
[[nodiscard]] bool wants_restart(Restart restart, const ExitReason& reason);
/// The pid, or that of no process when that process of this system has ended: the news of it may
/// still be on its way to the supervisor. Inside processes only.
[[nodiscard]] Pid while_alive(Pid pid);
/// The sums over some children.
[[nodiscard]] ChildCounts count_children(const std::vector<ChildInfo>& children);

}  // namespace detail
}  // namespace kith
