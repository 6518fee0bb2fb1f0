#include "resilience/breaker_machine.hpp"

#include <algorithm>
#include <utility>

namespace kith {
namespace {

constexpr Duration duration_max = std::chrono::hours(24 * 365 * 100);
constexpr std::uint32_t probes_max = 10'000;

/// Whether `span` has passed from `since` to `now` (not before it); no overflow at the edges.
bool has_passed(Duration since, Duration span, Duration now) {
  const auto elapsed =
      static_cast<std::uint64_t>(now.count()) - static_cast<std::uint64_t>(since.count());
  return elapsed >= static_cast<std::uint64_t>(span.count());
}

}  // namespace

std::string_view to_string(BreakerState state) {
  switch (state) {
    case BreakerState::closed:
      return "closed";
    case BreakerState::open:
      return "open";
    case BreakerState::half_open:
      return "half_open";
  }
  return "unknown";
}

std::optional<BreakerState> breaker_state_from_string(std::string_view name) {
  for (const auto state : {BreakerState::closed, BreakerState::open, BreakerState::half_open}) {
    if (to_string(state) == name) return state;
  }
  return std::nullopt;
}

Result<void> validate(const CircuitBreakerOptions& options) {
  const auto refuse = [](const char* text) {
    return Result<void>(ErrorCode::invalid_argument, text);
  };
  if (options.failure_threshold < 1) return refuse("a breaker opens after at least one failure");
  if (options.open_for < Duration::zero() || options.open_for > duration_max) {
    return refuse("a breaker is open for zero to 100 years");
  }
  if (options.half_open_probes < 1 || options.half_open_probes > probes_max) {
    return refuse("a half-open breaker lets 1 to 10000 probes pass");
  }
  if (options.probe_timeout <= Duration::zero() || options.probe_timeout > duration_max) {
    return refuse("a probe is given up after more than zero and at most 100 years");
  }
  return {};
}

BreakerAdmission BreakerMachine::acquire(Duration at) {
  newest_ = std::max(newest_, at);
  ++counters_.requests;
  switch (state_) {
    case BreakerState::closed:
      return {.permit = BreakerPermit{generation_}};
    case BreakerState::open:
      if (!has_passed(entered_, options_.open_for, newest_)) {
        return refuse(options_.open_for - (newest_ - entered_));
      }
      return admit_probe({enter(BreakerState::half_open)});
    case BreakerState::half_open:
      break;
  }
  give_up_lost_probes();
  if (probes_.size() + probe_successes_ < options_.half_open_probes) return admit_probe({});
  return refuse(options_.probe_timeout - (newest_ - probes_.front()));
}

std::vector<BreakerTransition> BreakerMachine::record(const BreakerPermit& permit, Outcome outcome,
                                                      Duration at) {
  if (permit.generation != generation_) return {};
  newest_ = std::max(newest_, at);
  const bool failed = outcome == Outcome::failure;
  ++(failed ? counters_.failures : counters_.successes);
  if (state_ == BreakerState::closed) {
    consecutive_failures_ = failed ? consecutive_failures_ + 1 : 0;
    if (consecutive_failures_ < options_.failure_threshold) return {};
    return {enter(BreakerState::open)};
  }
  if (failed) return {enter(BreakerState::open)};
  if (!probes_.empty()) probes_.erase(probes_.begin());
  if (++probe_successes_ < options_.half_open_probes) return {};
  return {enter(BreakerState::closed)};
}

void BreakerMachine::cancel(const BreakerPermit& permit) {
  if (permit.generation != generation_ || probes_.empty()) return;
  probes_.pop_back();
}

BreakerRun BreakerMachine::run_at(Outcome outcome, Duration at) {
  BreakerAdmission admission = acquire(at);
  if (!admission.permit) return {.refused = true};
  BreakerRun run{.transitions = std::move(admission.transitions)};
  for (const auto& transition : record(*admission.permit, outcome, at)) {
    run.transitions.push_back(transition);
  }
  return run;
}

std::vector<BreakerTransition> BreakerMachine::reset(Duration at) {
  newest_ = std::max(newest_, at);
  const bool was_closed = state_ == BreakerState::closed;
  const BreakerTransition transition = enter(BreakerState::closed);
  if (was_closed) return {};
  return {transition};
}

BreakerTransition BreakerMachine::enter(BreakerState state) {
  state_ = state;
  entered_ = newest_;
  ++generation_;
  consecutive_failures_ = 0;
  probe_successes_ = 0;
  probes_.clear();
  return {.at = newest_, .to = state};
}

BreakerAdmission BreakerMachine::refuse(Duration retry_after) {
  ++counters_.refused;
  return {.retry_after = retry_after};
}

BreakerAdmission BreakerMachine::admit_probe(std::vector<BreakerTransition> transitions) {
  probes_.push_back(newest_);
  return {.permit = BreakerPermit{generation_}, .transitions = std::move(transitions)};
}

void BreakerMachine::give_up_lost_probes() {
  const bool lost =
      !probes_.empty() && has_passed(probes_.front(), options_.probe_timeout, newest_);
  if (!lost) return;
  // A new spell of half-open: results of the lost probes and of their companions come too late.
  probes_.clear();
  probe_successes_ = 0;
  ++generation_;
}

}  // namespace kith
