// SPDX-License-Identifier: Apache-2.0
#include "resilience/shared_circuit_breaker.hpp"

#include "resilience/breaker_service.hpp"
#include "resilience/refusal.hpp"

namespace kith {

using namespace resilience;

template <typename Request>
Result<typename Request::Reply> SharedCircuitBreaker::ask(Request request) const {
  const auto primary = router_->primary(cluster::Service::breakers, name_);
  if (!primary) return primary.error();
  return call(ServerRef<BreakerProtocol>(system_, *primary), std::move(request));
}

Result<BreakerAdmission> SharedCircuitBreaker::acquire() const {
  return ask(AcquireBreaker{name_, options_});
}

Result<BreakerStatus> SharedCircuitBreaker::record(const BreakerPermit& permit,
                                                   const CallResult& result) const {
  return ask(RecordBreaker{name_, permit, result});
}

void SharedCircuitBreaker::cancel(const BreakerPermit& permit) const {
  const auto primary = router_->primary(cluster::Service::breakers, name_);
  if (!primary) return;  // no node keeps the breaker; the next primary starts it closed
  static_cast<void>(
      cast(ServerRef<BreakerProtocol>(system_, *primary), CancelBreaker{name_, permit}));
}

Result<BreakerStatus> SharedCircuitBreaker::status() const {
  return ask(AskBreaker{name_, false});
}
Result<std::optional<BreakerEntry>> SharedCircuitBreaker::look() const {
  return ask(FindBreaker{name_});
}
Result<BreakerStatus> SharedCircuitBreaker::reset() const {
  return ask(AskBreaker{name_, true});
}
Result<BreakerStatus> SharedCircuitBreaker::force(BreakerState state) const {
  return ask(ForceBreaker{name_, options_, state});
}
Result<BreakerStatus> SharedCircuitBreaker::open_for(Duration time) const {
  return ask(ForceBreaker{name_, options_, BreakerState::open, time});
}

Error SharedCircuitBreaker::refusal(const BreakerAdmission& admission) const {
  // Nodes of older versions do not send the state.
  const BreakerState likely =
      admission.retry_after == Duration::max() ? BreakerState::forced_open : BreakerState::open;
  return breaker_refusal(name_, admission.state.value_or(likely), admission.retry_after);
}

}  // namespace kith
