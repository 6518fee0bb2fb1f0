#pragma once

#include <concepts>
#include <limits>
#include <memory>
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
  std::string name;                            ///< registered in the system when not empty
};

namespace detail {

/// In a task: waits until the owner has linked itself; ends the task when the owner has ended.
void await_owner(Pid owner);
/// In the owner: links itself to the task and lets it begin.
void release_task(Pid task);
/// In the supervisor: starts a process linked to it.
Result<Pid> start_linked(std::unique_ptr<ProcessBody> body, const Awaited& awaited = {});

}  // namespace detail

/// A process under which tasks run; this is a handle to it. Ending it ends its tasks. A task that
/// crashes is not started again and does not disturb the others.
/// Errors of all calls: `no_process`, `overloaded` (`max_children`). Source: Elixir's
/// Task.Supervisor.
/// Thread-safety: plain value; all functions from any thread unless said otherwise.
class TaskSupervisor {
 public:
  /// Starts it linked to the calling process. Error: `already_exists` (its name).
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
  Result<Task<std::invoke_result_t<F&>>> async(F f) const {
    auto waiting = [f = std::move(f), owner = self()]() mutable {
      detail::await_owner(owner);
      return f();
    };
    auto task = start_task(std::move(waiting), true);
    if (task) detail::release_task(task->pid());
    return task;
  }
  /// Starts a task whose crash reaches the calling process only as the error of `await`. Inside
  /// processes only.
  template <std::invocable F>
  Result<Task<std::invoke_result_t<F&>>> async_nolink(F f) const {
    return start_task(std::move(f), false);
  }
  /// Starts a task whose result nobody awaits.
  template <std::invocable F>
  Result<Pid> start_child(F f) const {
    return start([held = std::make_shared<F>(std::move(f))] {
      return detail::start_linked(detail::function_body(std::move(*held)));
    });
  }
  /// Ends a task. Error: `not_found`.
  Result<void> terminate_child(Pid task) const { return supervisor_.terminate_child(task); }
  /// The tasks that run.
  [[nodiscard]] Result<std::vector<Pid>> children() const;
  /// Ends the tasks and the supervisor. Errors as `stop_server`.
  Result<void> stop() const { return supervisor_.stop(); }

  /// Where it is.
  [[nodiscard]] const ServerAddress& address() const { return supervisor_.address(); }
  /// Its process when the address is not a name.
  [[nodiscard]] Pid pid() const { return supervisor_.pid(); }

 private:
  static Result<TaskSupervisor> begin(System& system, TaskSupervisorOptions options);
  Result<Pid> start(std::function<Result<Pid>()> start) const;

  template <typename F>
  Result<Task<std::invoke_result_t<F&>>> start_task(F f, bool linked) const {
    const Reference request = detail::open_request();
    const Result<Pid> pid =
        start([held = std::make_shared<F>(std::move(f)), owner = self(), request] {
          return detail::start_linked(
              std::make_unique<detail::TaskBody<F>>(std::move(*held), owner, request),
              {owner, request});
        });
    if (pid) return Task<std::invoke_result_t<F&>>(*pid, request, linked);
    detail::close_request(request);
    return pid.error();
  }

  DynamicSupervisor supervisor_;
  Duration shutdown_;
};

}  // namespace kith
