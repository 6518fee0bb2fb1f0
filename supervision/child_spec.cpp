// SPDX-License-Identifier: Apache-2.0
#include "supervision/child_spec.hpp"

#include <algorithm>
#include <cmath>
#include <exception>
#include <optional>

#include "actor/ending.hpp"
#include "actor/lineage.hpp"
#include "core/hash.hpp"
#include "core/saturating.hpp"

namespace kith::detail {

Result<StartedChild> start_child(const ChildSpec& spec) {
  const StartingChild naming(spec.id);
  std::optional<Result<StartedChild>> started;
  const auto thrown = thrown_by([&] { started.emplace(spec.start()); });
  if (!thrown) return std::move(*started);
  // An exception is reported like any other failed start; it must not end the supervisor.
  const ExitReason reason = exit_reason_of(thrown);
  return Error(ErrorCode::crashed, "the start function failed: " + to_json(reason))
      .with_reason(reason);
}

namespace {

Error refused(const std::string& field, const std::string& value, const std::string& wanted) {
  return {ErrorCode::invalid_argument, field + " is " + value + "; it must be " + wanted};
}

std::string in_nanoseconds(Duration time) {
  return std::to_string(time.count()) + " ns";
}

Result<void> check(const Backoff& backoff) {
  if (auto fine = check_positive("backoff.first", backoff.first); !fine) return fine;
  if (auto fine = check_positive("backoff.max", backoff.max); !fine) return fine;
  if (!(backoff.factor >= 1) || std::isinf(backoff.factor)) {
    return refused("backoff.factor", std::to_string(backoff.factor), "a number of at least 1");
  }
  if (!(backoff.jitter >= 0 && backoff.jitter <= 1)) {
    return refused("backoff.jitter", std::to_string(backoff.jitter), "a number from 0 to 1");
  }
  return {};
}

}  // namespace

Result<void> check_positive(std::string_view field, Duration time) {
  if (time > Duration::zero()) return {};
  return refused(std::string(field), in_nanoseconds(time), "longer than 0");
}

Result<void> check_shutdown(Duration time) {
  if (time >= Duration::zero() || time == brutal_kill) return {};
  return refused("shutdown", in_nanoseconds(time), "0 or longer, infinite or brutal_kill");
}

Result<void> check(const ChildSpec& spec) {
  if (!spec.start) {
    return Error(ErrorCode::invalid_argument,
                 "the child '" + spec.id + "' has no start function; set ChildSpec::start");
  }
  auto fine = check_shutdown(spec.shutdown);
  if (fine && spec.backoff) fine = check(*spec.backoff);
  if (fine) return {};
  return Error(ErrorCode::invalid_argument, "the child '" + spec.id + "': " + fine.error().text());
}

/// The jitter is a hash of id and number rather than random: children with different ids spread
/// out, and the function stays pure.
Duration backoff_delay(const Backoff& backoff, std::uint64_t number, const std::string& id) {
  const double growth = std::pow(backoff.factor, static_cast<double>(number) - 1);
  const Duration delay = std::min(saturating_multiply(backoff.first, growth), backoff.max);
  if (delay == infinite || backoff.jitter == 0) return delay;
  constexpr std::uint64_t steps = 1U << 20U;  // resolution of the jitter: a millionth of it
  const auto step = stable_hash(id + "/" + std::to_string(number)) % (2 * steps + 1);
  const double offset = static_cast<double>(step) / steps - 1;  // from -1 to 1
  return saturating_multiply(delay, 1 + backoff.jitter * offset);
}

/// Monitors before it signals: the `Down` is then certain to come, also if the child has already
/// ended, and the wait cannot miss it.
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

Pid while_alive(Pid pid) {
  const System& system = this_system();
  return pid.node == system.boot() && !system.is_alive(pid) ? Pid{} : pid;
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
