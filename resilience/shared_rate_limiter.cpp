#include "resilience/shared_rate_limiter.hpp"

#include "resilience/limit_service.hpp"

namespace kith {

Result<RateDecision> SharedRateLimiter::check(std::string_view key, std::uint32_t cost) const {
  return ask(key, std::nullopt, cost);
}

Result<RateDecision> SharedRateLimiter::check_at(std::string_view key, Duration at,
                                                 std::uint32_t cost) const {
  return ask(key, at, cost);
}

Result<RateDecision> SharedRateLimiter::ask(std::string_view key, std::optional<Duration> at,
                                            std::uint32_t cost) const {
  const auto primary =
      router_->primary(cluster::Service::limits, cluster::partition_key(name_, key));
  if (!primary) return primary.error();
  return call(ServerRef<resilience::LimitProtocol>(system_, *primary),
              resilience::CheckLimit{name_, options_, std::string(key), cost, at});
}

}  // namespace kith
