#include "resilience/pipeline.hpp"

namespace kith {

Result<void> Limited::admit() const {
  const auto decision = limiter_->check(key_, cost_);
  if (!decision) return detail::refused(decision.error(), "rate_limiter");
  if (decision->admitted) return {};
  const auto wait = std::chrono::duration_cast<std::chrono::milliseconds>(decision->retry_after);
  return detail::refused(
      Error(ErrorCode::rate_limited, "the limit of '" + key_ + "' is used up; try again in " +
                                         std::to_string(wait.count()) + " ms"),
      "rate_limiter");
}

}  // namespace kith
