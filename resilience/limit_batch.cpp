// SPDX-License-Identifier: Apache-2.0
#include "resilience/limit_batch.hpp"

#include "core/limits.hpp"

namespace kith {

Result<void> validate_batch(std::size_t items) {
  if (items <= limits::limit_batch_items_max) return {};
  return {ErrorCode::invalid_argument, "a batch has at most " +
                                           std::to_string(limits::limit_batch_items_max) +
                                           " requests; this one has " + std::to_string(items)};
}

}  // namespace kith
