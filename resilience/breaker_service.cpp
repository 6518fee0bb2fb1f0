#include "resilience/breaker_service.hpp"

#include "core/limits.hpp"

namespace kith::resilience {
namespace {

Duration now() {
  return current_system()->clock().now().time_since_epoch();
}

BreakerStatus status_of(const BreakerMachine& machine) {
  return {machine.state(), machine.consecutive_failures(), machine.counters()};
}

}  // namespace

Result<BreakerMachine*> BreakerService::machine(Machines& among, const std::string& name,
                                                const CircuitBreakerOptions& options) {
  const auto it = among.find(name);
  if (it != among.end() && it->second.options() == options) return &it->second;
  if (const auto good = validate(options); !good) return good.error();
  if (name.empty() || name.size() > limits::key_size_bytes_max) {
    return Error(ErrorCode::invalid_argument, "a breaker's name has 1 to 4096 bytes");
  }
  if (it != among.end()) {
    log_->warning("breakers", "a breaker is defined anew and forgets results", {{"name", name}});
    it->second.redefine(options);
    return &it->second;
  }
  if (among.size() >= limits::named_things_max) {
    return Error(ErrorCode::overloaded, "too many breakers have names on this node");
  }
  return &among.emplace(name, BreakerMachine(options)).first->second;
}

Result<BreakerAdmission> BreakerService::handle_call(const AcquireBreaker& request) {
  const auto found = machine(breakers_, request.name, request.options);
  if (!found) return found.error();
  return (*found)->acquire(now());
}

Result<BreakerStatus> BreakerService::handle_call(const RecordBreaker& request) {
  if (request.outcome > Outcome::ignored) {
    return Error(ErrorCode::invalid_argument, "an outcome is success, failure or ignored");
  }
  const auto it = breakers_.find(request.name);
  if (it == breakers_.end()) return BreakerStatus{};
  for (const BreakerTransition& change :
       it->second.record(request.permit, request.outcome, now())) {
    log_->info("breakers", "a breaker changed its state",
               {{"name", request.name}, {"to", std::string(to_string(change.to))}});
  }
  return status_of(it->second);
}

void BreakerService::handle_cast(const CancelBreaker& message) {
  if (const auto it = breakers_.find(message.name); it != breakers_.end()) {
    it->second.cancel(message.permit);
  }
}

BreakerStatus BreakerService::handle_call(const AskBreaker& request) {
  const auto it = breakers_.find(request.name);
  if (it == breakers_.end()) return {};
  if (request.reset) it->second.reset(now());
  return status_of(it->second);
}

Result<ReplayedBreakers> BreakerService::handle_call(const ReplayBreakers& request) {
  const std::size_t items = request.names.size();
  if (request.times.size() != items || request.failed.size() != items ||
      request.numbers.size() != items) {
    return Error(ErrorCode::invalid_argument,
                 "there must be as many numbers, times and outcomes as names");
  }
  const auto run =
      runs_.find_or_make(request.run, current_system()->clock().now(), [] { return Run{}; });
  if (!run) return run.error();
  ReplayedBreakers result;
  for (std::size_t i = 0; i < items; ++i) {
    const BreakerRun* done = (*run)->answers.find(request.numbers[i]);
    if (done == nullptr) {
      const auto found = machine((*run)->breakers, request.names[i], request.options);
      if (!found) return found.error();
      const auto outcome = request.failed[i] == std::byte{0} ? Outcome::success : Outcome::failure;
      done = &(*run)->answers.add(request.numbers[i],
                                  (*found)->run_at(outcome, Duration(request.times[i])));
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
