#include "resilience/shared_rate_limiter.hpp"

#include <vector>

#include "resilience/limit_service.hpp"
#include "resilience/shared_limit_batch.hpp"

namespace kith {

Result<RateDecision> SharedRateLimiter::check(std::string_view key,
                                              const LimitRequest& request) const {
  return ask(key, std::nullopt, request);
}

Result<RateDecision> SharedRateLimiter::check_at(std::string_view key, Duration at,
                                                 std::uint32_t cost) const {
  return ask(key, at, {.hits = cost});
}

Result<LimitAnswers> SharedRateLimiter::check_many(std::span<const LimitItem> items) const {
  if (const auto good = validate_batch(items.size()); !good) return good.error();
  std::vector<resilience::CheckLimit> requests;
  requests.reserve(items.size());
  for (const LimitItem& item : items) {
    requests.push_back({name_, options_, item.key, item.request});
  }
  return resilience::check_limits(*system_, *router_, std::move(requests));
}

Result<RateDecision> SharedRateLimiter::ask(std::string_view key, std::optional<Duration> at,
                                            const LimitRequest& request) const {
  const auto primary =
      router_->primary(cluster::Service::limits, cluster::partition_key(name_, key));
  if (!primary) return primary.error();
  return call(ServerRef<resilience::LimitProtocol>(system_, *primary),
              resilience::CheckLimit{name_, options_, std::string(key), request, at});
}

}  // namespace kith
