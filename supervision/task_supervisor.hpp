// SPDX-License-Identifier: Apache-2.0
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

/// Options of a task supervisor. Thread-safety: plain value.
struct TaskSupervisorOptions {
  /// Further tasks are refused as `overloaded`. Each task costs a process.
  std::size_t max_children = std::numeric_limits<std::size_t>::max();
  /// Time from "shutdown" to "kill" when a task is stopped. A higher value lets a stuck task delay
  /// the stop of the supervisor.
  Duration shutdown = child_shutdown_default;
  std::uint32_t max_restarts = 3;             ///< one more in `within` ends the supervisor
  Duration within = std::chrono::seconds(5);  ///< see `DynamicSupervisorOptions`
  std::string name{};                         ///< registered in the system unless empty
};

/// Options of one task under a task supervisor. Thread-safety: plain value.
struct TaskOptions {
  Restart restart = Restart::temporary;   ///< for `start_child`; awaited tasks are never restarted
  std::optional<Duration> shutdown = {};  ///< nullopt: the supervisor's
};

namespace detail {

/// In a task: waits until its owner monitors it; exits with "shutdown" if the owner has ended.
void await_owner(Pid owner);
/// In the owner: monitors the task under this reference, then lets it begin.
void release_task(Pid task, Reference monitor, bool linked);
/// In the supervisor: starts a process linked to it.
Result<Pid> start_linked(std::unique_ptr<ProcessBody> body, const SpawnHooks& hooks = {});

}  // namespace detail

/// Supervises tasks; this is a handle to that process.
///
///     auto tasks = TaskSupervisor::start_link(system, {.max_children = 100}).value();
///     auto cleanup = tasks.start_child([] { std::remove("/tmp/example"); });
///     // inside a process, which waits for the result:
///     auto sum = tasks.async_nolink([] { return 2 + 2; }).value().await(1s);
///
/// Ends its tasks when it ends. Does not restart a crashed task by default; a crash does not
/// affect other tasks. Errors of all calls: `no_process`, `overloaded` (`max_children`). Source:
/// Elixir's Task.Supervisor.
/// Thread-safety: plain value; all functions from any thread unless noted otherwise.
class TaskSupervisor {
 public:
  /// Starts a task supervisor linked to the calling process. Errors: `already_exists` (its name),
  /// `invalid_argument` (`shutdown`, `within`).
  static Result<TaskSupervisor> start_link(TaskSupervisorOptions options = {});
  /// The same, linked to the root of a `System` or `Node` when called from a plain thread.
  template <HasSystem S>
  static Result<TaskSupervisor> start_link(S& owner, TaskSupervisorOptions options = {}) {
    return begin(owner.system(), std::move(options));
  }
  /// Returns the specification of a task supervisor as a permanent child of another supervisor,
  /// with `infinite` time to stop.
  [[nodiscard]] static ChildSpec child(std::string id, TaskSupervisorOptions options = {});

  /// Refers to the task supervisor at this address, which may be a name.
  explicit TaskSupervisor(ServerAddress address, Duration shutdown = child_shutdown_default)
      : supervisor_(std::move(address)), shutdown_(shutdown) {}

  /// Starts a task that the calling process awaits; it is also linked to that process. Inside
  /// processes only.
  template <std::invocable F>
  Result<Task<std::invoke_result_t<F&>>> async(F f, const TaskOptions& options = {}) const {
    return start_task(std::move(f), options, true);
  }
  /// Starts a task that the calling process awaits, without a link: a crash is only an error of
  /// `await`. Inside processes only.
  template <std::invocable F>
  Result<Task<std::invoke_result_t<F&>>> async_nolink(F f, const TaskOptions& options = {}) const {
    return start_task(std::move(f), options, false);
  }
  /// Starts a task without a result. Each start and restart runs a copy of `f`.
  template <std::invocable F>
    requires std::copy_constructible<F>
  Result<Pid> start_child(F f, const TaskOptions& options = {}) const {
    return start([f = std::move(f)] { return detail::start_linked(detail::function_body(F(f))); },
                 options);
  }
  /// Runs `kith::async_stream` with the tasks under this supervisor. Inside processes only.
  template <typename Items, typename F>
  auto async_stream(const Items& items, F f, const StreamOptions& options = {}) const {
    return collect(
        TaskStream(std::begin(items), std::end(items), std::move(f), options, stream_starter()));
  }
  /// The same without links: a task that crashes is an error in the results and does not end the
  /// caller.
  template <typename Items, typename F>
  auto async_stream_nolink(const Items& items, F f, StreamOptions options = {}) const {
    options.linked = false;
    return async_stream(items, std::move(f), options);
  }
  /// Returns the function that starts the tasks of a `TaskStream` under this supervisor.
  [[nodiscard]] detail::StartTask stream_starter() const;
  /// Stops a task. Error: `not_found`.
  Result<void> terminate_child(Pid task) const { return supervisor_.terminate_child(task); }
  /// Returns the running tasks.
  [[nodiscard]] Result<std::vector<Pid>> children() const;
  /// Stops the tasks and the supervisor. Errors as `stop_server`.
  Result<void> stop(ExitReason reason = "normal") const {
    return supervisor_.stop(std::move(reason));
  }

  [[nodiscard]] const ServerAddress& address() const { return supervisor_.address(); }
  /// Returns its pid if the address is not a name.
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
    // Never restarted: the owner was notified of the first end, and the body was moved out.
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
