#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "resilience/limiter_options.hpp"

namespace kith {

/// One of several requests that are checked at once. Thread-safety: plain value.
struct LimitItem {
  std::string key;
  LimitRequest request{};
};

/// An answer, or an error, for each item in the order of the items.
using LimitAnswers = std::vector<Result<RateDecision>>;

/// Success, or `invalid_argument` with the greatest number when there are more items than
/// `limits::limit_batch_items_max`: then none of them is counted (L-032).
[[nodiscard]] Result<void> validate_batch(std::size_t items);

}  // namespace kith
