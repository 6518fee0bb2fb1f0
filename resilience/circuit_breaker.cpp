#include "resilience/circuit_breaker.hpp"

#include <chrono>
#include <cstdint>

namespace kith {
namespace {

/// "12.3 s", rounded up to tenths, so that who waits that long does not come too early.
std::string seconds_text(Duration duration) {
  constexpr Duration tenth = std::chrono::milliseconds(100);
  const std::int64_t tenths = (duration + tenth - Duration(1)) / tenth;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " s";
}

}  // namespace

// -- permit ---------------------------------------------------------------------------------------

ScopedPermit& ScopedPermit::operator=(ScopedPermit&& other) noexcept {
  if (this == &other) return *this;
  cancel();
  breaker_ = std::exchange(other.breaker_, nullptr);
  permit_ = other.permit_;
  return *this;
}

void ScopedPermit::cancel() {
  if (auto* breaker = std::exchange(breaker_, nullptr)) breaker->cancel(permit_);
}

void ScopedPermit::finish(Outcome outcome) {
  if (auto* breaker = std::exchange(breaker_, nullptr)) breaker->record(permit_, outcome);
}

// -- breaker --------------------------------------------------------------------------------------

CircuitBreaker::CircuitBreaker(CircuitBreakerOptions options, const Clock& clock, std::string name)
    : name_(std::move(name)),
      options_(options),
      acceptable_(validate(options)),
      clock_(clock),
      machine_(acceptable_ ? options : CircuitBreakerOptions{}) {}

Result<ScopedPermit> CircuitBreaker::acquire() {
  if (!acceptable_) return acceptable_.error();
  const MutexLock lock(mutex_);
  const BreakerAdmission admission = machine_.acquire(now());
  if (!admission.permit) return refusal(admission.retry_after);
  return ScopedPermit(*this, *admission.permit);
}

void CircuitBreaker::record(const BreakerPermit& permit, Outcome outcome) {
  const MutexLock lock(mutex_);
  machine_.record(permit, outcome, now());
}

void CircuitBreaker::cancel(const BreakerPermit& permit) {
  const MutexLock lock(mutex_);
  machine_.cancel(permit);
}

Error CircuitBreaker::refusal(Duration retry_after) const {
  return {ErrorCode::circuit_open, "the breaker '" + name_ + "' refuses requests; try again in " +
                                       seconds_text(retry_after)};
}

void CircuitBreaker::reset() {
  const MutexLock lock(mutex_);
  machine_.reset(now());
}

BreakerState CircuitBreaker::state() const {
  const MutexLock lock(mutex_);
  return machine_.state();
}

BreakerCounters CircuitBreaker::counters() const {
  const MutexLock lock(mutex_);
  return machine_.counters();
}

}  // namespace kith
