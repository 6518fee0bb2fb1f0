// SPDX-License-Identifier: Apache-2.0
#include "resilience/breaker_machine.hpp"

#include <algorithm>
#include <utility>

#include "resilience/limiter_time.hpp"

namespace kith {
namespace {

/// Returns whether `span` has passed from `since` to `now`, which is not earlier; cannot overflow.
bool has_passed(Duration since, Duration span, Duration now) {
  return limiting::elapsed(since, now) >= limiting::nanoseconds(span);
}

void append(std::vector<BreakerTransition>& to, const std::vector<BreakerTransition>& more) {
  to.insert(to.end(), more.begin(), more.end());
}

}  // namespace

BreakerMachine::BreakerMachine(CircuitBreakerOptions options, std::uint64_t seed)
    : options_(options),
      state_(options.initial_state),
      entered_(Duration::min()),
      open_time_(options.open_for),
      window_(options),
      random_(seed) {}

std::vector<BreakerTransition> BreakerMachine::redefine(const CircuitBreakerOptions& options,
                                                        Duration at) {
  const BreakerState before = state_;
  // A new machine that continues generation and time, so that permits of the old one are stale.
  BreakerMachine anew(options);
  anew.generation_ = generation_ + 1;
  anew.newest_ = std::max(newest_, at);
  anew.entered_ = anew.newest_;
  anew.random_ = random_;
  if (by_hand_) {
    anew.state_ = state_;
    anew.by_hand_ = true;
    anew.entered_ = entered_;
    anew.open_time_ = open_time_;
  }
  *this = std::move(anew);
  if (state_ == before) return {};
  return {BreakerTransition{.at = newest_, .to = state_}};
}

BreakerAdmission BreakerMachine::acquire(Duration at) {
  // A breaker whose initial state is open counts its open time from the first request.
  if (newest_ == Duration::min()) entered_ = at;
  newest_ = std::max(newest_, at);
  ++counters_.requests;
  auto transitions = poll(newest_);
  switch (state_) {
    case BreakerState::closed:
      if (options_.fault_rate > 0 && random_.chance(options_.fault_rate)) {
        return refuse({}, std::move(transitions));
      }
      return admit(std::move(transitions));
    case BreakerState::disabled:
    case BreakerState::forced_closed:
    case BreakerState::metrics_only:
      return admit(std::move(transitions));
    case BreakerState::forced_open:
      return refuse(Duration::max(), std::move(transitions));
    case BreakerState::open:
      if (!has_passed(entered_, open_time_, newest_)) {
        return refuse(open_time_ - (newest_ - entered_), std::move(transitions));
      }
      transitions.push_back(leave_open());
      return state_ == BreakerState::closed ? admit(std::move(transitions))
                                            : admit_probe(std::move(transitions));
    case BreakerState::half_open:
      break;
  }
  give_up_lost_probes();
  if (has_room_for_probe()) return admit_probe(std::move(transitions));
  // A slot becomes free at the latest when the oldest probe times out.
  return refuse(options_.probe_timeout - (newest_ - probes_.front().at), std::move(transitions));
}

std::vector<BreakerTransition> BreakerMachine::record(const BreakerPermit& permit,
                                                      const CallResult& result, Duration at) {
  if (result.outcome == Outcome::ignored) {
    cancel(permit);
    return {};
  }
  const bool probing = state_ == BreakerState::half_open;
  if (probing ? !take_probe(permit.generation) : permit.generation != generation_) return {};
  newest_ = std::max(newest_, at);
  const bool failed = result.outcome == Outcome::failure;
  ++(failed ? counters_.failures : counters_.successes);
  if (state_ == BreakerState::disabled) return {};  // counts, but does not decide
  window_.record(options_, failed, result.took, newest_);
  failures_ = window_.failures(options_, newest_);
  switch (state_) {
    case BreakerState::closed:
      if (must_open()) return {open(result.open_for)};
      return {};
    case BreakerState::metrics_only:
      raise_alarms();
      return {};
    case BreakerState::half_open:
      break;
    default:
      return {};
  }
  ++(failed ? probe_failures_ : probe_successes_);
  const auto decided = verdict();
  if (!decided) return {};
  return {*decided == BreakerState::open ? open(result.open_for) : enter(*decided)};
}

void BreakerMachine::cancel(const BreakerPermit& permit) {
  take_probe(permit.generation);
}

BreakerRun BreakerMachine::run_at(const CallResult& result, Duration at) {
  BreakerAdmission admission = acquire(at);
  BreakerRun run{.refused = !admission.permit, .transitions = std::move(admission.transitions)};
  if (admission.permit) append(run.transitions, record(*admission.permit, result, at));
  return run;
}

std::vector<BreakerTransition> BreakerMachine::reset(Duration at) {
  return force(BreakerState::closed, at);
}

std::vector<BreakerTransition> BreakerMachine::force(BreakerState state, Duration at) {
  newest_ = std::max(newest_, at);
  const bool same = state_ == state;
  const BreakerTransition transition = state == BreakerState::open ? open({}) : enter(state);
  by_hand_ = state != BreakerState::closed && state != BreakerState::half_open;
  if (same) return {};
  return {transition};
}

std::vector<BreakerTransition> BreakerMachine::open_until(Duration until, Duration at) {
  newest_ = std::max(newest_, at);
  const bool same = state_ == BreakerState::open;
  const BreakerTransition transition = enter(BreakerState::open);
  by_hand_ = true;
  open_time_ =
      until > newest_ ? limiting::at_most_max(limiting::elapsed(newest_, until)) : Duration::zero();
  if (same) return {};
  return {transition};
}

std::vector<BreakerTransition> BreakerMachine::poll(Duration at) {
  const auto deadline = next_deadline();
  if (!deadline || at < *deadline) return {};
  newest_ = std::max(newest_, at);
  if (state_ == BreakerState::open) return {leave_open()};
  if (options_.after_half_open == BreakerState::open) return {open({})};
  return {enter(BreakerState::closed)};
}

std::optional<Duration> BreakerMachine::next_deadline() const {
  if (newest_ == Duration::min()) return std::nullopt;  // time starts with the first request
  const bool by_itself = options_.automatic_half_open || options_.close_without_probes;
  if (state_ == BreakerState::open && by_itself) return limiting::later(entered_, open_time_);
  if (state_ == BreakerState::half_open && options_.half_open_for > Duration::zero()) {
    return limiting::later(entered_, options_.half_open_for);
  }
  return std::nullopt;
}

BreakerMetrics BreakerMachine::metrics(Duration at) {
  // An open breaker shows the rates that it opened with, regardless of their age.
  const bool open = state_ == BreakerState::open;
  return window_.metrics(options_, open ? entered_ : std::max(newest_, at));
}

std::uint32_t BreakerMachine::consecutive_failures(Duration at) {
  if (state_ == BreakerState::open) return 0;
  return window_.failures(options_, std::max(newest_, at));
}

BreakerAlarms BreakerMachine::take_alarms() {
  return std::exchange(raised_, {});
}

BreakerTransition BreakerMachine::enter(BreakerState state) {
  state_ = state;
  by_hand_ = false;
  entered_ = newest_;
  ++generation_;
  failures_ = probe_successes_ = probe_failures_ = 0;
  if (state == BreakerState::closed) openings_ = 0;
  probes_.clear();
  const bool probing = state == BreakerState::half_open && options_.has_rates();
  // Keep the window while open, for `metrics`; nothing is recorded into it until the next state.
  if (state != BreakerState::open) {
    window_ = OutcomeWindow(options_, probing ? options_.half_open_probes : 0);
  }
  raised_ = told_ = {};
  return {.at = newest_, .to = state};
}

BreakerTransition BreakerMachine::open(Duration open_for) {
  open_time_ = open_for > Duration::zero() ? open_for : next_open_time();
  return enter(BreakerState::open);
}

BreakerTransition BreakerMachine::leave_open() {
  return enter(options_.close_without_probes ? BreakerState::closed : BreakerState::half_open);
}

Duration BreakerMachine::next_open_time() {
  if (options_.open_backoff == 1 && options_.open_jitter == 0) return options_.open_for;
  const auto most = static_cast<double>(std::max(options_.open_for_max, options_.open_for).count());
  auto time = static_cast<double>(options_.open_for.count());
  for (std::uint32_t i = 0; i < openings_ && time < most; ++i) time *= options_.open_backoff;
  ++openings_;
  time = std::min(time, most);
  // After the cap, so that breakers at the maximum are spread too.
  time *= 1 + options_.open_jitter * (2 * random_.unit() - 1);
  return Duration(static_cast<Duration::rep>(time));
}

BreakerAdmission BreakerMachine::refuse(Duration retry_after,
                                        std::vector<BreakerTransition> transitions) {
  ++counters_.refused;
  return {.retry_after = retry_after, .transitions = std::move(transitions), .state = state_};
}

BreakerAdmission BreakerMachine::admit(std::vector<BreakerTransition> transitions) {
  return {.permit = BreakerPermit{generation_}, .transitions = std::move(transitions)};
}

BreakerAdmission BreakerMachine::admit_probe(std::vector<BreakerTransition> transitions) {
  probes_.push_back({++generation_, newest_});
  return admit(std::move(transitions));
}

bool BreakerMachine::has_room_for_probe() const {
  std::size_t taken = probes_.size();
  // Without thresholds exactly `half_open_probes` results decide, so ended probes keep their slots.
  const bool thresholds = options_.half_open_successes > 0 || options_.half_open_failures > 0;
  if (!thresholds) taken += probe_successes_ + probe_failures_;
  return taken < options_.half_open_probes;
}

void BreakerMachine::give_up_lost_probes() {
  const auto is_alive = [this](const Probe& probe) {
    return !has_passed(probe.at, options_.probe_timeout, newest_);
  };
  probes_.erase(probes_.begin(), std::ranges::find_if(probes_, is_alive));
}

/// Removes a probe; false if it has ended or timed out.
bool BreakerMachine::take_probe(std::uint64_t generation) {
  const auto found = std::ranges::lower_bound(probes_, generation, {}, &Probe::generation);
  if (found == probes_.end() || found->generation != generation) return false;
  probes_.erase(found);
  return true;
}

bool BreakerMachine::must_open() {
  if (!options_.has_rates()) return failures_ >= options_.failure_threshold;
  const BreakerMetrics seen = window_.metrics(options_, newest_);
  return seen.failure_rate >= options_.failure_rate || seen.slow_rate >= options_.slow_rate;
}

void BreakerMachine::raise_alarms() {
  const BreakerMetrics seen = window_.metrics(options_, newest_);
  const bool failure = seen.failure_rate >= options_.failure_rate;
  const bool slow = seen.slow_rate >= options_.slow_rate;
  raised_.failure_rate = raised_.failure_rate || (failure && !told_.failure_rate);
  raised_.slow_rate = raised_.slow_rate || (slow && !told_.slow_rate);
  told_.failure_rate = told_.failure_rate || failure;
  told_.slow_rate = told_.slow_rate || slow;
}

/// Decides half-open after a result. Thresholds come first. In place of a zero threshold the first
/// `half_open_probes` results decide: by their rates, or any failure opens without a rate policy.
std::optional<BreakerState> BreakerMachine::verdict() {
  const std::uint32_t failures_max = options_.half_open_failures;
  const std::uint32_t successes_max = options_.half_open_successes;
  if (failures_max > 0 && probe_failures_ >= failures_max) return BreakerState::open;
  if (successes_max > 0 && probe_successes_ >= successes_max) return BreakerState::closed;
  if (failures_max == 0 && !options_.has_rates() && probe_failures_ > 0) return BreakerState::open;
  if (successes_max > 0 || failures_max > 0) {
    if (successes_max == 0 && probe_successes_ >= options_.half_open_probes) {
      return BreakerState::closed;
    }
    if (failures_max > 0 || !options_.has_rates()) return std::nullopt;
  }
  if (probe_successes_ + probe_failures_ < options_.half_open_probes) return std::nullopt;
  if (!options_.has_rates()) return BreakerState::closed;
  const BreakerMetrics seen = window_.metrics(options_, newest_);
  const bool bad =
      seen.failure_rate >= options_.failure_rate || seen.slow_rate >= options_.slow_rate;
  if (bad) return BreakerState::open;
  return successes_max > 0 ? std::nullopt : std::optional(BreakerState::closed);
}

}  // namespace kith
