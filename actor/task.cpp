#include "actor/task.hpp"

#include "actor/internal/process.hpp"
#include "actor/internal/runtime.hpp"

namespace kith::detail {

void shut_down_task(Pid pid, Duration patience, bool linked) {
  const Reference watch = monitor(pid);
  if (linked) unlink(pid);
  if (patience > Duration::zero()) {
    exit(pid, "shutdown");
    if (receive_down(watch, patience)) return;
  }
  exit(pid, "kill");
  receive_down(watch, infinite);
}

std::size_t default_concurrency() {
  return current_process()->runtime().worker_count();
}

}  // namespace kith::detail
