// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "core/clock.hpp"
#include "core/compiler.hpp"
#include "core/mutex.hpp"
#include "core/result.hpp"
#include "resilience/keyed_limiter.hpp"
#include "resilience/limit_batch.hpp"
#include "resilience/limit_event.hpp"
#include "resilience/limiter_store.hpp"

namespace kith {

/// Counts the decisions of a `RateLimiter` since its construction. Thread-safety: plain value.
struct RateLimiterCounters {
  std::uint64_t admitted = 0;        ///< checks
  std::uint64_t limited = 0;         ///< checks
  std::uint64_t shadowed = 0;        ///< checks admitted only because the limit is a shadow
  std::uint64_t store_failures = 0;  ///< failed store calls and undecodable stored states
};

/// Configures the optional parts of a `RateLimiter`. Thread-safety: plain value.
struct RateLimiterParts {
  /// Name of the limit in events and errors.
  std::string name{};
  /// Called for each hit on the checking thread with no lock held, so it may use the limiter.
  LimitObserver on_hit{};
  /// Persists counts across restarts, at the price of a synchronous store call in each check that
  /// counts. A stored state from the future (the wall clock was set back between two runs) counts
  /// as of now.
  std::shared_ptr<LimiterStore> store{};
};

/// Limits the rate of requests per key within this process.
///
///     RateLimiter limiter({.limit = 100, .window = 60s}, system.clock());
///     const bool admitted = limiter.check("user-17").value().admitted;
///
/// Each admitted request is counted once, atomically. Each check forgets a few idle keys, so memory
/// follows the keys in use. `Node::rate_limiter` gives a limit that all nodes share.
///
/// Times are since 1970. Calendar windows follow the wall clock; when it is set back, counts of
/// later times count as of the new time. All other windows follow the steady clock, offset once by
/// the wall clock at construction, so steps of the wall clock do not affect them.
/// Thread-safety: all functions may be called from any thread; keys are spread over 32 locks.
class RateLimiter {
 public:
  /// `clock` must outlive the limiter. Every check fails if `validate` refuses the options, or if a
  /// sliding_log or concurrency limit with a store exceeds `limits::limiter_stored_units_max`.
  RateLimiter(RateLimiterOptions options, const Clock& clock, RateLimiterParts parts = {});

  /// Counts `cost` units for `key` now if they fit. A limited request is an answer, not an error.
  /// Errors: `invalid_argument` (empty or too long key, unacceptable options), `overloaded` (too
  /// many keys in use).
  [[nodiscard]] Result<RateDecision> check(std::string_view key, std::uint32_t cost = 1) {
    return check(key, LimitRequest{.hits = cost});
  }
  /// Counts a request that may also give units back, drain the limit or reset the key first.
  [[nodiscard]] Result<RateDecision> check(std::string_view key, const LimitRequest& request);
  /// Checks N items in order and returns the answers in that order (L-031). Error:
  /// `invalid_argument` for more than `limits::limit_batch_items_max` items; then none is counted.
  /// Errors of each item: as `check`.
  [[nodiscard]] Result<LimitAnswers> check_many(std::span<const LimitItem> items);
  /// Holds `hits` units for up to `hold_for`, after which they are free again. The `ticket` of the
  /// answer is the handle for `commit` and `cancel`. Errors: as `check`.
  [[nodiscard]] Result<RateDecision> reserve(std::string_view key, std::int64_t hits,
                                             Duration hold_for);
  /// Counts the units that the ticket holds; false if it has expired or is unknown.
  bool commit(std::string_view key, std::uint64_t ticket);
  /// Frees the units that the ticket holds, or ends a lease; false if it has expired or is unknown.
  bool cancel(std::string_view key, std::uint64_t ticket);
  /// Replaces the options and keeps the counts; changing the algorithm resets all keys. Errors:
  /// `invalid_argument` (unacceptable options, or those of the constructor were).
  [[nodiscard]] Result<void> change(const RateLimiterOptions& options);
  /// Forgets the counts of `key`, also in the store. Returns whether the key was in memory.
  bool reset(std::string_view key);

  /// The name given in `RateLimiterParts`; may be empty.
  [[nodiscard]] const std::string& name() const { return parts_.name; }
  /// Number of keys in memory.
  [[nodiscard]] std::size_t size() const;
  [[nodiscard]] RateLimiterCounters counters() const;
  [[nodiscard]] RateLimiterOptions options() const;

 private:
  /// The mutex and the counters that every check writes share one cache line; the rest follows.
  struct alignas(64) Shard {
    mutable Mutex mutex;
    std::uint64_t admitted KITH_GUARDED_BY(mutex) = 0;
    std::uint64_t limited KITH_GUARDED_BY(mutex) = 0;
    std::uint64_t shadowed KITH_GUARDED_BY(mutex) = 0;
    alignas(64) KeyedLimiter limiter KITH_GUARDED_BY(mutex){RateLimiterOptions{}};
    std::uint64_t store_failures KITH_GUARDED_BY(mutex) = 0;
    Duration wall KITH_GUARDED_BY(mutex) = Duration::min();  // newest time of a calendar limit

    void count(const RateDecision& decision) KITH_REQUIRES(mutex) {
      ++(decision.admitted ? admitted : limited);
      shadowed += decision.shadowed ? 1 : 0;
    }
  };
  Shard& shard_of(std::uint64_t hash) { return shards_[(hash >> 58U) % shards_.size()]; }
  [[nodiscard]] Duration now(const RateLimiterOptions& options) const;
  /// The time of a shard: monotonic, unless the wall clock of a calendar limit was set back.
  [[nodiscard]] Duration now(Shard& shard) const KITH_REQUIRES(shard.mutex);
  KITH_NOINLINE Duration wall_time(Shard& shard) const KITH_REQUIRES(shard.mutex);
  /// Returns why the options, or else the key, are refused.
  KITH_NOINLINE Error unacceptable() const;
  /// `check` with a store or an observer; out of line to keep the common path short.
  KITH_NOINLINE Result<RateDecision> check_with_parts(std::string_view key,
                                                      const LimitRequest& request);
  [[nodiscard]] Result<void> acceptable(const RateLimiterOptions& options) const;
  /// Copies a key from the store into its shard, and back. No effect without a store.
  void load(Shard& shard, std::string_view key, Duration at, std::uint64_t hash)
      KITH_REQUIRES(shard.mutex);
  void save(Shard& shard, std::string_view key, Duration at) KITH_REQUIRES(shard.mutex);

  const RateLimiterParts parts_;
  const Result<void> acceptable_;
  const Clock& clock_;
  const Duration epoch_;  // of the steady clock, since 1970
  std::array<Shard, 32> shards_;
};

}  // namespace kith
