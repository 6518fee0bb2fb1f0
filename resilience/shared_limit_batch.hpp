// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "actor/system.hpp"
#include "cluster/partition_router.hpp"
#include "core/result.hpp"
#include "resilience/limit_batch.hpp"
#include "resilience/limit_service.hpp"

namespace kith::resilience {

/// Counts N requests, also of different limits, each at the primary of its key. Sends one message
/// to each primary in parallel; a message with more than `limits::limit_batch_bytes_max` of keys is
/// split. Requests for one key are counted in order, and the answers have the order of the items
/// (L-002). Errors: `invalid_argument` for more than `limits::limit_batch_items_max` items; then
/// none is counted. Errors of each item: as `SharedRateLimiter::check`; an unreachable primary
/// fails its own items only. Any thread, inside and outside of processes.
[[nodiscard]] Result<LimitAnswers> check_limits(System& system,
                                                const cluster::PartitionRouter& router,
                                                std::vector<CheckLimit> items);

}  // namespace kith::resilience
