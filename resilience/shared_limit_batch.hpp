#pragma once

#include <vector>

#include "actor/system.hpp"
#include "cluster/partition_router.hpp"
#include "core/result.hpp"
#include "resilience/limit_batch.hpp"
#include "resilience/limit_service.hpp"

namespace kith::resilience {

/// Counts several requests, also of different limits, each at the primary of its key: one message
/// to each primary, all on their way at the same time; one whose keys are longer than
/// `limits::limit_batch_bytes_max` is split. Requests for one key are counted in their order, and
/// the answers have the order of the items, whoever gave them (L-002). Errors: `invalid_argument`
/// when there are more than `limits::limit_batch_items_max`, nothing is counted then. Errors of
/// each: as of `SharedRateLimiter::check`; a primary that cannot be reached fails its own items
/// only. Any thread, inside and outside of processes.
[[nodiscard]] Result<LimitAnswers> check_limits(System& system,
                                                const cluster::PartitionRouter& router,
                                                std::vector<CheckLimit> items);

}  // namespace kith::resilience
