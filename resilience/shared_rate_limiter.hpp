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

/// A rate limit that all nodes share: each key is counted at the primary of its partition, so that
/// each admitted request counts exactly once for all machines. When that node dies the counts of
/// its keys start anew (docs/guarantees.md). A value: copies mean the same limit. Thread-safety:
/// any thread, inside and outside of processes; outlived by its node.
///
///     auto limiter = node.rate_limiter("api", {.limit = 100, .window = 60s});
///     if (!limiter.check(user).value().admitted) return too_many_requests();
class SharedRateLimiter {
 public:
  SharedRateLimiter(System& system, const cluster::PartitionRouter& router, std::string name,
                    RateLimiterOptions options)
      : system_(&system), router_(&router), name_(std::move(name)), options_(options) {}

  /// Counts `cost` units for `key` if they fit. To be limited is an answer, not an error. Errors:
  /// `no_connection` (the primary cannot be reached: the caller decides whether to let pass),
  /// `timeout`, `invalid_argument`, `overloaded`, `crashed` (the service ended first),
  /// `unavailable` (this node is stopped).
  Result<RateDecision> check(std::string_view key, std::uint32_t cost = 1) const {
    return check(key, LimitRequest{.hits = cost});
  }
  /// The same for a request with fewer than zero hits, that drains, or that resets first.
  Result<RateDecision> check(std::string_view key, const LimitRequest& request) const;
  /// The same for many at once: one message to each node that counts some of them, answers in the
  /// order of the items (L-002). Error: `invalid_argument` when there are more than
  /// `limits::limit_batch_items_max`; then nothing was counted. Errors of each: as of `check`; a
  /// node that cannot be reached fails its own items only.
  [[nodiscard]] Result<LimitAnswers> check_many(std::span<const LimitItem> items) const;
  /// The same at a time of the caller's: for logs. All checks of a key must use such times then.
  Result<RateDecision> check_at(std::string_view key, Duration at, std::uint32_t cost = 1) const;
  /// Holds units that `commit` counts and `cancel` gives back, by the `ticket` of the answer; after
  /// `hold_for` they are free again. Errors: as of `check`.
  Result<RateDecision> reserve(std::string_view key, std::int64_t hits, Duration hold_for) const;
  /// Counts what the ticket holds; false when it holds nothing (any more). Errors: as of `check`.
  Result<bool> commit(std::string_view key, std::uint64_t ticket) const;
  /// Gives back what the ticket holds, or ends a lease; false when it holds nothing (any more).
  /// Errors: as of `check`.
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
