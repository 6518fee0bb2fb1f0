// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "actor/system.hpp"
#include "cluster/partition_router.hpp"
#include "core/result.hpp"
#include "resilience/limit_batch.hpp"
#include "resilience/limiter_options.hpp"

namespace kith {

/// Limits the rate of requests per key over all nodes of a cluster.
///
///     auto limiter = node.rate_limiter("api", {.limit = 100, .window = 60s});
///     const bool admitted = limiter.check("user-17").value().admitted;
///
/// Each key is counted at the primary of its partition, so an admitted request counts exactly once
/// in the cluster. If that node dies, the counts of its keys are lost (docs/guarantees.md).
/// Thread-safety: any thread, inside and outside of processes. Copies refer to the same limit; the
/// node must outlive them.
class SharedRateLimiter {
 public:
  SharedRateLimiter(System& system, const cluster::PartitionRouter& router, std::string name,
                    RateLimiterOptions options)
      : system_(&system), router_(&router), name_(std::move(name)), options_(options) {}

  /// Counts `cost` units for `key` if they fit. A limited request is an answer, not an error.
  /// Errors: `no_connection` (the primary is unreachable; the caller decides whether to admit),
  /// `timeout`, `invalid_argument`, `overloaded`, `crashed` (the service ended before answering),
  /// `unavailable` (this node is stopped).
  Result<RateDecision> check(std::string_view key, std::uint32_t cost = 1) const {
    return check(key, LimitRequest{.hits = cost});
  }
  /// Counts a request that may also give units back, drain the limit or reset the key first.
  Result<RateDecision> check(std::string_view key, const LimitRequest& request) const;
  /// Checks N items, with one message per primary (more for very long keys), and returns the
  /// answers in the order of the items (L-002). Error: `invalid_argument` for more than
  /// `limits::limit_batch_items_max` items; then none is counted. Errors of each item: as `check`;
  /// an unreachable primary fails its own items only.
  [[nodiscard]] Result<LimitAnswers> check_many(std::span<const LimitItem> items) const;
  /// Counts `cost` units at the time `at`, for logs. Use it for all checks of a key, or for none.
  Result<RateDecision> check_at(std::string_view key, Duration at, std::uint32_t cost = 1) const;
  /// Holds `hits` units for up to `hold_for`, after which they are free again. The `ticket` of the
  /// answer is the handle for `commit` and `cancel`. Errors: as `check`.
  Result<RateDecision> reserve(std::string_view key, std::int64_t hits, Duration hold_for) const;
  /// Counts the units that the ticket holds; false if it has expired or is unknown. Errors: as
  /// `check`.
  Result<bool> commit(std::string_view key, std::uint64_t ticket) const;
  /// Frees the units that the ticket holds, or ends a lease; false if it has expired or is unknown.
  /// Errors: as `check`.
  Result<bool> cancel(std::string_view key, std::uint64_t ticket) const;
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const RateLimiterOptions& options() const { return options_; }

 private:
  template <typename Request>
  Result<typename Request::Reply> ask(std::string_view key, Request request) const;

  System* system_;
  const cluster::PartitionRouter* router_;
  std::string name_;
  RateLimiterOptions options_;
};

}  // namespace kith
