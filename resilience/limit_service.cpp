#include "resilience/limit_service.hpp"

#include "core/limits.hpp"

namespace kith::resilience {
namespace {

/// Keys looked at per check, so that idle ones go without a sweep that halts everything.
constexpr std::size_t swept_per_check = 2;

}  // namespace

Result<KeyedLimiter*> LimitService::limiter(std::map<std::string, KeyedLimiter>& among,
                                            const std::string& name,
                                            const RateLimiterOptions& options) {
  const auto it = among.find(name);
  if (it != among.end() && it->second.options() == options) return &it->second;
  if (const auto good = validate(options); !good) return good.error();
  if (name.empty() || name.size() > limits::name_size_bytes_max) {
    return Error(ErrorCode::invalid_argument, "a limit's name has 1 to 255 bytes");
  }
  if (it != among.end()) {
    log_->warning("limits", "a limit is defined anew; its counts start anew", {{"name", name}});
    it->second = KeyedLimiter(options);
    return &it->second;
  }
  if (among.size() >= limits::named_things_max) {
    return Error(ErrorCode::overloaded, "too many limits have names on this node");
  }
  return &among.emplace(name, KeyedLimiter(options)).first->second;
}

Result<RateDecision> LimitService::handle_call(const CheckLimit& request) {
  const Duration now = current_system()->clock().now().time_since_epoch();
  const auto found = limiter(limits_, request.name, request.options);
  if (!found) return found.error();
  if (!request.at) (*found)->forget_idle(now, swept_per_check);
  return (*found)->check(request.key, request.cost, request.at.value_or(now));
}

Result<Bytes> LimitService::handle_call(const ReplayLimits& request) {
  if (request.keys.size() != request.times.size()) {
    return Error(ErrorCode::invalid_argument, "there must be as many times as keys");
  }
  const auto found = limiter(runs_, request.run, request.options);
  if (!found) return found.error();
  Bytes admitted;
  admitted.reserve(request.keys.size());
  for (std::size_t i = 0; i < request.keys.size(); ++i) {
    const auto decision = (*found)->check(request.keys[i], Duration(request.times[i]));
    if (!decision) return decision.error();
    admitted.push_back(std::byte{decision->admitted});
  }
  return admitted;
}

void LimitService::handle_cast(const ForgetRun& message) {
  runs_.erase(message.run);
}

}  // namespace kith::resilience
