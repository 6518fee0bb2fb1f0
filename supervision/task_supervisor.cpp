// SPDX-License-Identifier: Apache-2.0
#include "supervision/task_supervisor.hpp"

#include <variant>

namespace kith {
namespace {

/// To a task: its owner monitors it now, so it may begin.
struct Begin {};

}  // namespace

namespace detail {

void await_owner(Pid owner) {
  const Reference watch = monitor(owner);
  const auto first = receive<Begin, Down>();
  if (!first || std::holds_alternative<Down>(*first)) exit("shutdown");
  demonitor(watch);
}

void release_task(Pid task, Reference reference, bool linked) {
  // A task that has already ended is reported by the `Down` of this monitor, so the result of
  // `link` does not matter. `Begin` is last: the task must not run before it is monitored.
  if (linked) static_cast<void>(link(task));
  monitor_as(reference, task);
  static_cast<void>(send(task, Begin{}));
}

Result<Pid> start_linked(std::unique_ptr<ProcessBody> body, const SpawnHooks& hooks) {
  const Result<Spawned> spawned = spawn_body(this_system(), std::move(body), {}, Bond::link, hooks);
  if (!spawned) return spawned.error();
  return spawned->pid;
}

}  // namespace detail

Result<TaskSupervisor> TaskSupervisor::begin(System& system, TaskSupervisorOptions options) {
  if (auto fine = detail::check_shutdown(options.shutdown); !fine) return fine.error();
  DynamicSupervisorOptions dynamic;
  dynamic.max_children = options.max_children;
  dynamic.max_restarts = options.max_restarts;
  dynamic.within = options.within;
  dynamic.name = std::move(options.name);
  const auto started = DynamicSupervisor::start_link(system, std::move(dynamic));
  if (!started) return started.error();
  return TaskSupervisor(started->address(), options.shutdown);
}

Result<TaskSupervisor> TaskSupervisor::start_link(TaskSupervisorOptions options) {
  return begin(detail::this_system(), std::move(options));
}

ChildSpec TaskSupervisor::child(std::string id, TaskSupervisorOptions options) {
  ChildSpec spec = kith::child<TaskSupervisor>(std::move(id), std::move(options));
  spec.shutdown = infinite;
  spec.is_supervisor = true;
  return spec;
}

detail::StartTask TaskSupervisor::stream_starter() const {
  return [*this](std::unique_ptr<detail::ProcessBody> body, const detail::SpawnHooks& hooks) {
    // Shared, because a start function must be copyable. It runs only once: these tasks are
    // temporary.
    auto held = std::make_shared<std::unique_ptr<detail::ProcessBody>>(std::move(body));
    return start([held, hooks] { return detail::start_linked(std::move(*held), hooks); }, {});
  };
}

Result<Pid> TaskSupervisor::start(std::function<Result<Pid>()> start,
                                  const TaskOptions& options) const {
  ChildSpec spec;
  spec.id = "task";
  spec.start = std::move(start);
  spec.restart = options.restart;
  spec.shutdown = options.shutdown.value_or(shutdown_);
  const auto started = supervisor_.start_child(std::move(spec));
  if (!started) return started.error();
  return Pid(*started);
}

Result<std::vector<Pid>> TaskSupervisor::children() const {
  const auto all = supervisor_.children();
  if (!all) return all.error();
  std::vector<Pid> pids;
  for (const ChildInfo& each : *all) {
    if (each.pid) pids.push_back(each.pid);
  }
  return pids;
}

}  // namespace kith
