// SPDX-License-Identifier: Apache-2.0
#include "resilience/breaker_service.hpp"

#include <algorithm>
#include <utility>

#include "actor/process.hpp"
#include "core/hash.hpp"
#include "core/limits.hpp"
#include "resilience/limiter_time.hpp"

namespace kith::resilience {
namespace {

/// Cap of reported durations, so that sums of durations from other nodes cannot overflow.
constexpr Duration call_time_max = std::chrono::hours(24);
/// Shortest interval between polls: options from other nodes could otherwise keep the service busy.
constexpr Duration poll_apart_min = std::chrono::milliseconds(1);

Duration now() {
  return current_system()->clock().now().time_since_epoch();
}

Duration wall() {
  return current_system()->clock().wall().time_since_epoch();
}

BreakerStatus status_of(BreakerMachine& machine) {
  const Duration at = now();
  return {machine.state(), machine.consecutive_failures(at), machine.counters(),
          machine.metrics(at)};
}

std::uint64_t results_of(const BreakerMachine& machine) {
  return machine.counters().successes + machine.counters().failures;
}

}  // namespace

/// Returns the breaker of that name, which may have other options, or a new one.
Result<BreakerService::Breaker*> BreakerService::find_or_make(
    Breakers& among, const std::string& name, const CircuitBreakerOptions& options) {
  const auto it = among.find(name);
  if (it != among.end() && it->second.machine.options() == options) return &*it;
  if (const auto good = validate(options); !good) return good.error();
  if (name.empty() || name.size() > limits::key_size_bytes_max) {
    return Error(ErrorCode::invalid_argument, "a breaker's name has 1 to 4096 bytes");
  }
  if (it != among.end()) return &*it;
  if (among.size() >= limits::named_things_max) {
    return Error(ErrorCode::overloaded, "there are too many breakers on this node");
  }
  // The name seeds the jitter, so that breakers that open together do not close together.
  BreakerMachine made(options, stable_hash(name));
  return &*among.emplace(name, Kept{std::move(made), wall(), wall()}).first;
}

/// Returns the breaker of that name; redefines it if `options` are given and differ.
Result<BreakerService::Breaker*> BreakerService::defined(
    const std::string& name, const std::optional<CircuitBreakerOptions>& options) {
  if (!options) {
    if (const auto it = breakers_.find(name); it != breakers_.end()) return &*it;
    return find_or_make(breakers_, name, {});
  }
  const auto found = find_or_make(breakers_, name, *options);
  if (!found || (*found)->second.machine.options() == *options) return found;
  log_->warning("breakers", "a breaker is defined anew and forgets results", {{"name", name}});
  Breaker& breaker = **found;
  const Standing before = standing(breaker);
  breaker.second.defined_at = wall();
  note(breaker, before, breaker.second.machine.redefine(*options, now()));
  return found;
}

Result<BreakerAdmission> BreakerService::handle_call(const AcquireBreaker& request) {
  const auto found = defined(request.name, request.options);
  if (!found) return found.error();
  const Standing before = standing(**found);
  auto admission = (*found)->second.machine.acquire(now());
  note(**found, before, admission.transitions);
  return admission;
}

Result<BreakerStatus> BreakerService::handle_call(const RecordBreaker& request) {
  CallResult result = request.result;
  if (result.outcome > Outcome::ignored) {
    return Error(ErrorCode::invalid_argument,
                 "unknown outcome; choose one of success, failure, ignored");
  }
  if (result.took < Duration::zero() || result.open_for < Duration::zero()) {
    return Error(ErrorCode::invalid_argument, "took and open_for must not be negative");
  }
  result.took = std::min<Duration>(result.took, call_time_max);
  const auto it = breakers_.find(request.name);
  if (it == breakers_.end()) return BreakerStatus{};
  const Standing before = standing(*it);
  BreakerMachine& machine = it->second.machine;
  const std::uint64_t results = results_of(machine);
  note(*it, before, machine.record(request.permit, result, now()));
  BreakerStatus status = status_of(machine);
  status.counted = results_of(machine) != results;
  return status;
}

void BreakerService::handle_cast(const CancelBreaker& message) {
  if (const auto it = breakers_.find(message.name); it != breakers_.end()) {
    it->second.machine.cancel(message.permit);
  }
}

BreakerStatus BreakerService::handle_call(const AskBreaker& request) {
  const auto it = breakers_.find(request.name);
  if (it == breakers_.end()) return {};
  const Standing before = standing(*it);
  BreakerMachine& machine = it->second.machine;
  if (request.reset) note(*it, before, machine.reset(now()));
  return status_of(machine);
}

Result<BreakerStatus> BreakerService::handle_call(const ForceBreaker& request) {
  if (request.state > BreakerState::metrics_only || request.state == BreakerState::half_open) {
    return Error(ErrorCode::invalid_argument,
                 "unknown state; choose one of closed, open, disabled, forced_open, "
                 "forced_closed, metrics_only");
  }
  if (request.open_for < Duration::zero()) {
    return Error(ErrorCode::invalid_argument, "open_for must not be negative");
  }
  const auto found = defined(request.name, request.options);
  if (!found) return found.error();
  BreakerMachine& breaker = (*found)->second.machine;
  const Standing before = standing(**found);
  const bool until = request.state == BreakerState::open && request.open_for > Duration::zero();
  note(**found, before,
       until ? breaker.open_until(limiting::later(now(), request.open_for), now())
             : breaker.force(request.state, now()));
  return status_of(breaker);
}

/// Returns the entry of a breaker. A copy answers whether a request would pass, so that the breaker
/// does not change.
BreakerEntry BreakerService::entry_of(const Breaker& breaker) {
  const auto& [name, kept] = breaker;
  BreakerMachine copy = kept.machine;
  BreakerEntry entry{
      .name = name,
      .options = copy.options(),
      .defined_at = kept.defined_at,
      .since = kept.since,
      .status = status_of(copy),
  };
  const BreakerAdmission admission = copy.acquire(now());
  entry.permitted = admission.permit.has_value();
  entry.retry_after = admission.retry_after;
  return entry;
}

std::optional<BreakerEntry> BreakerService::handle_call(const FindBreaker& request) {
  const auto it = breakers_.find(request.name);
  return it == breakers_.end() ? std::nullopt : std::optional(entry_of(*it));
}

BreakerPage BreakerService::handle_call(const ListBreakers& request) {
  return page_of<BreakerPage>(breakers_, request.page, entry_of);
}

void BreakerService::handle_info(const PollBreakers&) {
  const Duration at = now();
  while (!due_.empty() && due_.begin()->first <= at) {
    Breaker& breaker = *due_.begin()->second;
    const Standing before = standing(breaker);
    note(breaker, before, breaker.second.machine.poll(at));
  }
  timer_.reset();
  arm();
}

/// Handles the effects of an operation on a breaker: updates its deadline and reports its changes.
void BreakerService::note(Breaker& breaker, const Standing& before,
                          const std::vector<BreakerTransition>& changes) {
  if (!changes.empty()) breaker.second.since = wall();
  const auto deadline = breaker.second.machine.next_deadline();
  if (deadline != before.deadline) {
    if (before.deadline) due_.erase({*before.deadline, &breaker});
    if (deadline) due_.emplace(*deadline, &breaker);
    arm();
  }
  tell(breaker.first, before.state, changes);
}

void BreakerService::arm() {
  // A timer is only ever replaced by an earlier one; one that fires too early has no effect.
  if (due_.empty()) return;
  const Duration first = due_.begin()->first;
  if (timer_ && timer_due_ <= first) return;
  if (timer_) cancel_timer(*timer_);
  timer_due_ = first;
  timer_ = send_after(std::max(first - now(), poll_apart_min), self(), PollBreakers{});
}

void BreakerService::tell(const std::string& name, BreakerState from,
                          const std::vector<BreakerTransition>& changes) const {
  for (const BreakerTransition& change : changes) {
    log_->info("breakers", "a breaker changed its state",
               {{"name", name}, {"to", std::string(to_string(change.to))}});
    const BreakerState before = std::exchange(from, change.to);
    if (on_change_) on_change_({name, before, change.to});
  }
}

Result<ReplayedBreakers> BreakerService::handle_call(const ReplayBreakers& request) {
  const std::size_t items = request.names.size();
  if (request.times.size() != items || request.failed.size() != items ||
      request.numbers.size() != items) {
    return Error(ErrorCode::invalid_argument,
                 "numbers, times, outcomes and names must have equal lengths");
  }
  const auto run =
      runs_.find_or_make(request.run, current_system()->clock().now(), [] { return Run{}; });
  if (!run) return run.error();
  ReplayedBreakers result;
  // Each item is run at most once: a repeated number gets the cached answer.
  for (std::size_t i = 0; i < items; ++i) {
    const BreakerRun* done = (*run)->answers.find(request.numbers[i]);
    if (done == nullptr) {
      const auto found = find_or_make((*run)->breakers, request.names[i], request.options);
      if (!found) return found.error();
      BreakerMachine& breaker = (*found)->second.machine;
      const Duration at(request.times[i]);
      if (breaker.options() != request.options) breaker.redefine(request.options, at);
      const auto outcome = request.failed[i] == std::byte{0} ? Outcome::success : Outcome::failure;
      done = &(*run)->answers.add(request.numbers[i], breaker.run_at(outcome, at));
    }
    result.refused.push_back(std::byte{done->refused});
    for (const BreakerTransition& change : done->transitions) {
      result.transitions.push_back(
          {request.names[i], change.at.count(), change.to, static_cast<std::uint32_t>(i)});
    }
  }
  return result;
}

void BreakerService::handle_cast(const ForgetRun& message) {
  runs_.forget(message.run);
}

}  // namespace kith::resilience
