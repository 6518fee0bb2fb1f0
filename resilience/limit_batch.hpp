// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "resilience/limiter_options.hpp"

namespace kith {

/// Holds one request of a batch. Thread-safety: plain value.
struct LimitItem {
  std::string key;
  LimitRequest request{};
};

/// The answer or error of each item, in the order of the items.
using LimitAnswers = std::vector<Result<RateDecision>>;

/// Returns success, or `invalid_argument` naming the maximum for more than
/// `limits::limit_batch_items_max` items; then none of them is counted (L-032).
[[nodiscard]] Result<void> validate_batch(std::size_t items);

}  // namespace kith
