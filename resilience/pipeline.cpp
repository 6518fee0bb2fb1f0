// SPDX-License-Identifier: Apache-2.0
#include "resilience/pipeline.hpp"

#include "resilience/refusal.hpp"

namespace kith {

Result<void> Limited::admit() const {
  const auto decision = limiter_->check(key_, cost_);
  if (!decision) return detail::refused(decision.error(), "rate_limiter");
  if (decision->admitted) return {};
  return detail::refused(limit_refusal(limiter_->name(), key_, *decision), "rate_limiter");
}

}  // namespace kith
