// SPDX-License-Identifier: Apache-2.0
#include "resilience/circuit_breaker.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <thread>

#include "resilience/limiter_time.hpp"
#include "resilience/refusal.hpp"

namespace kith {
// -- permit ---------------------------------------------------------------------------------------

ScopedPermit& ScopedPermit::operator=(ScopedPermit&& other) noexcept {
  if (this == &other) return *this;
  cancel();
  breaker_ = std::exchange(other.breaker_, nullptr);
  permit_ = other.permit_;
  began_ = other.began_;
  return *this;
}

void ScopedPermit::cancel() {
  if (auto* breaker = std::exchange(breaker_, nullptr)) breaker->cancel(permit_);
}

void ScopedPermit::finish(Outcome outcome, Duration open_for) {
  if (auto* breaker = std::exchange(breaker_, nullptr)) {
    const Duration took = breaker->timed_ ? breaker->now() - began_ : Duration{};
    breaker->record(permit_, {.outcome = outcome, .took = took, .open_for = open_for});
  }
}

// -- predicates -----------------------------------------------------------------------------------

Outcome BreakerPredicates::outcome_of(const Error& error) const {
  if (ignore && ignore(error)) return Outcome::ignored;
  return record && !record(error) ? Outcome::success : Outcome::failure;
}

Outcome BreakerPredicates::outcome_of(const std::exception& exception) const {
  if (ignore_exception && ignore_exception(exception)) return Outcome::ignored;
  return record_exception && !record_exception(exception) ? Outcome::success : Outcome::failure;
}

// -- breaker --------------------------------------------------------------------------------------

CircuitBreaker::CircuitBreaker(CircuitBreakerOptions options, const Clock& clock, std::string name)
    : name_(std::move(name)),
      options_(options),
      acceptable_(name_.empty() ? Result<void>(ErrorCode::invalid_argument,
                                               "name: a breaker's name has at least one byte")
                                : validate(options)),
      timed_(options.slow_after > Duration::zero() || options.has_rates()),
      clock_(clock),
      machine_(acceptable_ ? options : CircuitBreakerOptions{},
               options.open_jitter > 0 || options.fault_rate > 0 ? entropy() : 0) {
  const MutexLock lock(mutex_);
  Events none;
  if (acceptable_) changed({}, none);
}

Result<ScopedPermit> CircuitBreaker::acquire() {
  // Lock-free while closed (ADR 0014). Pairs with the release in `changed`.
  const std::uint64_t closed = closed_.load(std::memory_order_acquire);
  if (closed == 0) return acquire_locked();
  stripe().requests.fetch_add(1, std::memory_order_relaxed);
  return ScopedPermit(*this, BreakerPermit{closed / 2}, began());
}

Result<ScopedPermit> CircuitBreaker::acquire_locked() {
  if (!acceptable_) return acceptable_.error();
  Events events;
  BreakerAdmission admission;
  Duration at;
  BreakerState state;
  {
    const MutexLock lock(mutex_);
    at = now();
    admission = machine_.acquire(at);
    changed(admission.transitions, events);
    state = machine_.state();
    if (!admission.permit && listener_) {
      events.push_back({BreakerEvent::Kind::refused, at, state});
    }
  }
  // Owned before the listener runs, so that an exception or exit in it returns the permit.
  std::optional<ScopedPermit> permit;
  if (admission.permit) permit.emplace(*this, *admission.permit, at);
  tell(events);
  if (!permit) return breaker_refusal(name_, state, admission.retry_after);
  return *std::move(permit);
}

void CircuitBreaker::record(const BreakerPermit& permit, const CallResult& result) {
  // A success of the current generation that only changes a counter takes no lock (ADR 0014).
  if (result.outcome == Outcome::success &&
      closed_.load(std::memory_order_acquire) == permit.generation * 2 + 1) {
    stripe().successes.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  Events events;
  {
    const MutexLock lock(mutex_);
    const Duration at = now();
    const std::uint64_t failures = machine_.counters().failures;
    const bool disabled = machine_.state() == BreakerState::disabled;
    const auto transitions = machine_.record(permit, result, at);
    // No event for a stale permit, which did not count, nor for a disabled breaker.
    if (listener_ && !disabled && machine_.counters().failures != failures) {
      events.push_back({BreakerEvent::Kind::failure, at, machine_.state()});
    }
    changed(transitions, events);
    const BreakerAlarms alarms = machine_.take_alarms();
    using Kind = BreakerEvent::Kind;
    if (alarms.failure_rate) events.push_back({Kind::failure_rate_exceeded, at, machine_.state()});
    if (alarms.slow_rate) events.push_back({Kind::slow_rate_exceeded, at, machine_.state()});
  }
  tell(events);
}

void CircuitBreaker::cancel(const BreakerPermit& permit) {
  const MutexLock lock(mutex_);
  machine_.cancel(permit);
}

void CircuitBreaker::reset() {
  force(BreakerState::closed);
}

void CircuitBreaker::force(BreakerState state) {
  Events events;
  {
    const MutexLock lock(mutex_);
    changed(machine_.force(state, now()), events);
  }
  tell(events);
}

void CircuitBreaker::open_for(Duration time) {
  Events events;
  {
    const MutexLock lock(mutex_);
    const Duration at = now();
    changed(machine_.open_until(limiting::later(at, time), at), events);
  }
  tell(events);
}

void CircuitBreaker::poll() {
  Events events;
  {
    const MutexLock lock(mutex_);
    changed(machine_.poll(now()), events);
  }
  tell(events);
}

std::optional<TimePoint> CircuitBreaker::next_deadline() const {
  const MutexLock lock(mutex_);
  const auto deadline = machine_.next_deadline();
  if (!deadline) return std::nullopt;
  return TimePoint(*deadline);
}

BreakerState CircuitBreaker::state() const {
  const MutexLock lock(mutex_);
  return machine_.state();
}

BreakerCounters CircuitBreaker::counters() const {
  const MutexLock lock(mutex_);
  BreakerCounters sum = machine_.counters();
  for (const Stripe& one : stripes_) {
    sum.requests += one.requests.load(std::memory_order_relaxed);
    sum.successes += one.successes.load(std::memory_order_relaxed);
  }
  return sum;
}

BreakerMetrics CircuitBreaker::metrics() const {
  const MutexLock lock(mutex_);
  return machine_.metrics(now());
}

void CircuitBreaker::changed(const std::vector<BreakerTransition>& transitions, Events& events) {
  const bool closed = machine_.state() == BreakerState::closed && options_.fault_rate == 0;
  // A success must reach the machine if it changes rates or ends a row of failures.
  const bool quiet = !options_.has_rates() && machine_.consecutive_failures() == 0;
  const std::uint64_t word = closed ? machine_.generation() * 2 + (quiet ? 1 : 0) : 0;
  // Store only on change: each store takes the cache line from all threads that read it.
  if (closed_.load(std::memory_order_relaxed) != word) {
    closed_.store(word, std::memory_order_release);
  }
  if (!listener_) return;
  for (const BreakerTransition& transition : transitions) {
    events.push_back({BreakerEvent::Kind::state_changed, transition.at, transition.to});
  }
}

void CircuitBreaker::tell(const Events& events) const {
  if (!listener_) return;
  for (const BreakerEvent& event : events) listener_(event);
}

CircuitBreaker::Stripe& CircuitBreaker::stripe() {
  const auto id = std::this_thread::get_id();
  return stripes_[std::hash<std::remove_const_t<decltype(id)>>{}(id) % stripes_.size()];
}

}  // namespace kith
