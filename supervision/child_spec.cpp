#include "supervision/child_spec.hpp"

#include <exception>

namespace kith::detail {

Result<Pid> start_child(const ChildSpec& spec) {
  if (!spec.start) return Error(ErrorCode::invalid_argument, "the child has no start function");
  try {
    return spec.start();
  } catch (const ExitProcess& ended) {
    return Error(ErrorCode::crashed, "the start function ended: " + to_json(ended.reason));
  } catch (const std::exception& thrown) {  // a failed start as any other
    return Error(ErrorCode::crashed, std::string("the start function threw: ") + thrown.what());
  }
}

void stop_child(const ChildSpec& spec, Pid pid) {
  const Reference watch = monitor(pid);
  if (spec.shutdown > Duration::zero()) {
    exit(pid, "shutdown");
    if (receive_down(watch, spec.shutdown)) return;
  }
  exit(pid, "kill");
  receive_down(watch, infinite);
}

bool wants_restart(Restart restart, const ExitReason& reason) {
  switch (restart) {
    case Restart::permanent: return true;
    case Restart::transient: return !is_orderly(reason);
    case Restart::temporary: break;
  }
  return false;
}

ChildCounts count_children(const std::vector<ChildInfo>& children) {
  ChildCounts counts;
  for (const ChildInfo& each : children) {
    ++counts.specs;
    if (each.pid) ++counts.active;
    ++(each.is_supervisor ? counts.supervisors : counts.workers);
  }
  return counts;
}

}  // namespace kith::detail
