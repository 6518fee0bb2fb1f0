// SPDX-License-Identifier: Apache-2.0
#include "resilience/shared_rate_limiter.hpp"

#include <vector>

#include "resilience/limit_service.hpp"
#include "resilience/shared_limit_batch.hpp"

namespace kith {

using resilience::CheckLimit;
using resilience::EndReservation;

template <typename Request>
Result<typename Request::Reply> SharedRateLimiter::ask(std::string_view key,
                                                       Request request) const {
  const auto primary =
      router_->primary(cluster::Service::limits, cluster::partition_key(name_, key));
  if (!primary) return primary.error();
  return call(ServerRef<resilience::LimitProtocol>(system_, *primary), std::move(request));
}

Result<RateDecision> SharedRateLimiter::check(std::string_view key,
                                              const LimitRequest& request) const {
  return ask(key, CheckLimit{name_, options_, std::string(key), request});
}

Result<RateDecision> SharedRateLimiter::check_at(std::string_view key, Duration at,
                                                 std::uint32_t cost) const {
  return ask(key, CheckLimit{name_, options_, std::string(key), {.hits = cost}, at});
}

Result<LimitAnswers> SharedRateLimiter::check_many(std::span<const LimitItem> items) const {
  if (const auto good = validate_batch(items.size()); !good) return good.error();
  std::vector<CheckLimit> requests;
  requests.reserve(items.size());
  for (const LimitItem& item : items) {
    requests.push_back({name_, options_, item.key, item.request});
  }
  return resilience::check_limits(*system_, *router_, std::move(requests));
}

Result<RateDecision> SharedRateLimiter::reserve(std::string_view key, std::int64_t hits,
                                                Duration hold_for) const {
  return ask(key, resilience::ReserveLimit{name_, options_, std::string(key), hits, hold_for});
}

Result<bool> SharedRateLimiter::commit(std::string_view key, std::uint64_t ticket) const {
  return ask(key, EndReservation{name_, std::string(key), ticket, true});
}

Result<bool> SharedRateLimiter::cancel(std::string_view key, std::uint64_t ticket) const {
  return ask(key, EndReservation{name_, std::string(key), ticket, false});
}

}  // namespace kith
