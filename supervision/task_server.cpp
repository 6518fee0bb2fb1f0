// SPDX-License-Identifier: Apache-2.0
#include "supervision/task_server.hpp"

namespace kith::detail {

/// Records both monitors before the task begins: a task that has already ended is reported by its
/// `Down` like any other.
void AwaitedTasks::add(Pid task, Pid caller, std::function<void(const Error&)> fail) {
  const Reference task_watch = new_reference();
  const Reference caller_watch = monitor(caller);
  callers_.emplace(caller_watch, task_watch);
  tasks_.emplace(task_watch, Awaited{task, task_watch, caller_watch, std::move(fail)});
  release_task(task, task_watch, false);
}

void AwaitedTasks::ended(const Down& down) {
  if (const auto caller = callers_.find(down.reference); caller != callers_.end()) {
    const auto awaited = tasks_.find(caller->second);
    exit(awaited->second.task, "shutdown");
    demonitor(awaited->first, true);
    tasks_.erase(awaited);
    callers_.erase(caller);
    return;
  }
  const auto awaited = tasks_.find(down.reference);
  if (awaited == tasks_.end()) return;
  demonitor(awaited->second.caller_watch, true);
  callers_.erase(awaited->second.caller_watch);
  // Has no effect if the task has replied.
  awaited->second.fail(task_error(down.reason));
  tasks_.erase(awaited);
}

}  // namespace kith::detail
