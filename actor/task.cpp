// SPDX-License-Identifier: Apache-2.0
#include "actor/task.hpp"

#include "actor/internal/process.hpp"
#include "actor/internal/runtime.hpp"

namespace kith::detail {

ExitReason end_task(Pid pid, Duration timeout) {
  const Reference watch = monitor(pid);
  if (timeout != brutal_kill) {
    exit(pid, "shutdown");
    if (const auto down = receive_down(watch, timeout)) return down->reason;
  }
  exit(pid, "kill");
  return receive_down(watch, infinite)->reason;
}

Error task_error(const ExitReason& reason) {
  return Error(ErrorCode::crashed, "the task ended without a result: " + to_json(reason))
      .with_reason(reason);
}

Error task_timeout(Pid task, Duration timeout) {
  const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(timeout);
  return Error(ErrorCode::timeout, "the task " + to_string(task) + " has no result after " +
                                       std::to_string(milliseconds.count()) + " ms");
}

Error not_a_process() {
  return {ErrorCode::invalid_argument, "the task is completed: it never was a process"};
}

Result<Pid> start_stream_task(std::unique_ptr<ProcessBody> body, const SpawnHooks& hooks) {
  const auto spawned = spawn_body(this_system(), std::move(body), {}, Bond::none, hooks);
  if (!spawned) return spawned.error();
  return spawned->pid;
}

void share_fate(const ExitReason& reason) {
  if (current_process()->trapping() || reason == Value("normal")) return;
  exit(self(), reason == Value("kill") ? Value("killed") : reason);
  sleep_for(Duration::zero());  // a wait, in which the signal takes effect
}

std::size_t default_concurrency() {
  return current_process()->runtime().worker_count();
}

}  // namespace kith::detail
