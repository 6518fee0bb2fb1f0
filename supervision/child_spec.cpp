#include "supervision/child_spec.hpp"

#include <algorithm>
#include <exception>

#include "core/hash.hpp"

namespace kith::detail {

Result<StartedChild> start_child(const ChildSpec& spec) {
  if (!spec.start) return Error(ErrorCode::invalid_argument, "the child has no start function");
  try {
    return spec.start();
  } catch (const ExitProcess& ended) {
    return Error(ErrorCode::crashed, "the start function ended: " + to_json(ended.reason))
        .with_reason(ended.reason);
  } catch (const std::exception& thrown) {  // a failed start as any other
    return Error(ErrorCode::crashed, std::string("the start function threw: ") + thrown.what())
        .with_reason(raised(thrown.what()));
  }
}

Duration backoff_delay(const Backoff& backoff, std::uint64_t number, const std::string& id) {
  double delay = static_cast<double>(backoff.first.count());
  const auto longest = static_cast<double>(backoff.max.count());
  for (std::uint64_t i = 1; i < number && delay < longest; ++i) delay *= backoff.factor;
  constexpr std::uint64_t steps = 1U << 20U;
  const auto step = stable_hash(id + "/" + std::to_string(number)) % (2 * steps + 1);
  const double offset = static_cast<double>(step) / steps - 1;  // from -1 to 1
  delay = std::min(delay, longest) * (1 + backoff.jitter * offset);
  return Duration(static_cast<Duration::rep>(delay));
}

void stop_child(const ChildSpec& spec, Pid pid) {
  const Reference watch = monitor(pid);
  if (spec.shutdown != brutal_kill) {
    exit(pid, "shutdown");
    if (receive_down(watch, spec.shutdown)) return;
  }
  exit(pid, "kill");
  receive_down(watch, infinite);
}

bool wants_restart(Restart restart, const ExitReason& reason) {
  switch (restart) {
    case Restart::permanent:
      return true;
    case Restart::transient:
      return !is_orderly(reason);
    case Restart::temporary:
      break;
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
