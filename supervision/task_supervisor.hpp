#pragma once

#include <concepts>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "actor/system.hpp"
#include "actor/task.hpp"
#include "core/result.hpp"
#include "supervision/child_spec.hpp"
#include "supervision/dynamic_supervisor.hpp"

namespace kith {

/// How a task supervisor works. Thread-safety: plain value.
struct TaskSupervisorOptions {
  std::size_t max_children = std::numeric_limits<std::size_t>::max();  ///< more are `overloaded`
  Duration shutdown = child_shutdown_default;  ///< for a task to end when it is stopped
  std::uint32_t max_restarts = 3;              ///< more within that time end the supervisor
  Duration within = std::chrono::seconds(5);
  std::string name{};  ///< registered in the system when not empty
};

/// How one task of a task supervisor runs. Thread-safety: plain value.
struct TaskOptions {
  Restart restart = Restart::temporary;   ///< of `start_child`; awaited ones are never restarted
  std::optional<Duration> shutdown = {};  ///< absent: the supervisor's
};

namespace detail {

/// In a task: waits until the owner watches it; ends the task when the owner has ended.
void await_owner(Pid owner);
/// In the owner: watches the task under this reference and lets it begin.
void release_task(Pid task, Reference monitor, bool linked);
/// In the supervisor: starts a process linked to it.
Result<Pid> start_linked(std::unique_ptr<ProcessBody> body, const Expected& expected = {});

}  // namespace detail

/// A process under which tasks run; this is a handle to it. Ending it ends its tasks. A task that
/// crashes is not started again and does not disturb the others.
/// Errors of all calls: `no_process`, `overloaded` (`max_children`). Source: Elixir's
/// Task.Supervisor.
/// Thread-safety: plain value; all functions from any thread unless said otherwise.
class TaskSupervisor {
 public:
  /// Starts it linked to the calling process. Errors: `already_exists` (its name),
  /// `invalid_argument` (`shutdown`, `within`).
  static Result<TaskSupervisor> start_link(TaskSupervisorOptions options = {});
  /// The same, linked to the root of a `System` or `Node` when called from a plain thread.
  template <HasSystem S>
  static Result<TaskSupervisor> start_link(S& owner, TaskSupervisorOptions options = {}) {
    return begin(owner.system(), std::move(options));
  }
  /// A task supervisor as a permanent child of another supervisor, with `infinite` time to stop.
  [[nodiscard]] static ChildSpec child(std::string id, TaskSupervisorOptions options = {});

  /// A handle to the task supervisor at this address, which may be a name.
  explicit TaskSupervisor(ServerAddress address, Duration shutdown = child_shutdown_default)
      : supervisor_(std::move(address)), shutdown_(shutdown) {}

  /// Starts a task that is also linked to the calling process, which awaits its result. Inside
  /// processes only.
  template <std::invocable F>
  Result<Task<std::invoke_result_t<F&>>> async(F f, const TaskOptions& options = {}) const {
    return start_task(std::move(f), options, true);
  }
  /// Starts a task whose crash reaches the calling process only as the error of `await`. Inside
  /// processes only.
  template <std::invocable F>
  Result<Task<std::invoke_result_t<F&>>> async_nolink(F f, const TaskOptions& options = {}) const {
    return start_task(std::move(f), options, false);
  }
  /// Starts a task whose result nobody awaits; each start runs a copy of `f`.
  template <std::invocable F>
    requires std::copy_constructible<F>
  Result<Pid> start_child(F f, const TaskOptions& options = {}) const {
    return start([f = std::move(f)] { return detail::start_linked(detail::function_body(F(f))); },
                 options);
  }
  /// As `kith::async_stream`, with the tasks under this supervisor. Inside processes only.
  template <typename Items, typename F>
  auto async_stream(const Items& items, F f, const StreamOptions& options = {}) const {
    return collect(
        TaskStream(std::begin(items), std::end(items), std::move(f), options, stream_starter()));
  }
  /// The same without links: a task that crashes is an error in the results, the caller lives on.
  template <typename Items, typename F>
  auto async_stream_nolink(const Items& items, F f, StreamOptions options = {}) const {
    options.linked = false;
    return async_stream(items, std::move(f), options);
  }
  /// How a `TaskStream` starts its tasks under this supervisor.
  [[nodiscard]] detail::StartTask stream_starter() const;
  /// Ends a task. Error: `not_found`.
  Result<void> terminate_child(Pid task) const { return supervisor_.terminate_child(task); }
  /// The tasks that run.
  [[nodiscard]] Result<std::vector<Pid>> children() const;
  /// Ends the tasks and the supervisor. Errors as `stop_server`.
  Result<void> stop(ExitReason reason = "normal") const {
    return supervisor_.stop(std::move(reason));
  }

  /// Where it is.
  [[nodiscard]] const ServerAddress& address() const { return supervisor_.address(); }
  /// Its process when the address is not a name.
  [[nodiscard]] Pid pid() const { return supervisor_.pid(); }

 private:
  static Result<TaskSupervisor> begin(System& system, TaskSupervisorOptions options);
  Result<Pid> start(std::function<Result<Pid>()> start, const TaskOptions& options) const;

  template <typename F>
  Result<Task<std::invoke_result_t<F&>>> start_task(F f, const TaskOptions& options,
                                                    bool linked) const {
    const Alias owner{self(), detail::new_reference()};
    auto waiting = [f = std::move(f), owner]() mutable {
      detail::await_owner(owner.pid);
      return f();
    };
    using Body = detail::TaskBody<decltype(waiting)>;
    auto body =
        std::make_shared<std::unique_ptr<Body>>(std::make_unique<Body>(std::move(waiting), owner));
    // What runs once is started once: its owner has been told of the first end already.
    const TaskOptions once{.restart = Restart::temporary, .shutdown = options.shutdown};
    const Result<Pid> pid = start([body] { return detail::start_linked(std::move(*body)); }, once);
    if (!pid) return pid.error();
    detail::release_task(*pid, owner.reference, linked);
    return Task<std::invoke_result_t<F&>>(*pid, owner.reference);
  }

  DynamicSupervisor supervisor_;
  Duration shutdown_;
};

}  // namespace kith
