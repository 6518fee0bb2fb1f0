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

/// What a limiter has decided since it was made. Thread-safety: plain value.
struct RateLimiterCounters {
  std::uint64_t admitted = 0;        ///< checks
  std::uint64_t limited = 0;         ///< checks
  std::uint64_t shadowed = 0;        ///< checks: admitted only because the limit is a shadow
  std::uint64_t store_failures = 0;  ///< calls of the store, and damaged states in it
};

/// What a limiter works with beside its clock; all may be absent. Thread-safety: plain value.
struct RateLimiterParts {
  /// Appears in events.
  std::string name{};
  /// Is told of hits on the thread that checks, without a lock held: it may use the limiter.
  LimitObserver on_hit{};
  /// Keeps what was counted beyond the process. A state that lies in the future, because the wall
  /// clock was set back between two runs, counts as one of now.
  std::shared_ptr<LimiterStore> store{};
};

/// A rate limit for the keys of this process, on a clock. Each admitted request is counted once,
/// atomically. Keys that are idle are forgotten along the way. For a limit that all machines share
/// see `Node::rate_limiter`. Times are since 1970: by the wall clock for calendar windows, else by
/// the steady clock from what the wall clock was when the limiter was made, so that a step of the
/// wall clock changes nothing. When it is set back, what calendar windows have counted since counts
/// in the window of then.
/// Thread-safety: all functions may be called from any thread; keys are spread over several locks.
///
///     RateLimiter limiter({.limit = 100, .window = 60s}, clock);
///     if (!limiter.check(user).value().admitted) return too_many_requests();
class RateLimiter {
 public:
  /// `clock` must outlive it. Options that `validate` refuses make every check fail; so does, with
  /// a store, a sliding_log or concurrency limit above `limits::limiter_stored_units_max`.
  RateLimiter(RateLimiterOptions options, const Clock& clock, RateLimiterParts parts = {});

  /// Counts `cost` units for `key` now, if they fit. To be limited is an answer, not an error.
  /// Errors: `invalid_argument` for a key that is empty or too long, or unacceptable options,
  /// `overloaded` when too many keys are in use.
  [[nodiscard]] Result<RateDecision> check(std::string_view key, std::uint32_t cost = 1) {
    return check(key, LimitRequest{.hits = cost});
  }
  /// The same for a request with fewer than zero hits, that drains, or that resets first.
  [[nodiscard]] Result<RateDecision> check(std::string_view key, const LimitRequest& request);
  /// The same for many at once, in their order; the answers have that order too (L-031). Error:
  /// `invalid_argument` when there are more than `limits::limit_batch_items_max`: then nothing was
  /// counted. Errors of each: as of `check`.
  [[nodiscard]] Result<LimitAnswers> check_many(std::span<const LimitItem> items);
  /// Holds units that `commit` counts and `cancel` gives back, by the `ticket` of the answer; after
  /// `hold_for` they are free again. Errors: as of `check`.
  [[nodiscard]] Result<RateDecision> reserve(std::string_view key, std::int64_t hits,
                                             Duration hold_for);
  /// Counts what the ticket holds; false when it holds nothing (any more).
  bool commit(std::string_view key, std::uint64_t ticket);
  /// Gives back what the ticket holds, or ends a lease; false when it holds nothing (any more).
  bool cancel(std::string_view key, std::uint64_t ticket);
  /// Other options from now on; what was counted stays counted unless the algorithm is another.
  /// Errors: as of the constructor's.
  [[nodiscard]] Result<void> change(const RateLimiterOptions& options);
  /// Forgets what `key` has used, in the store too. Returns whether it was remembered.
  bool reset(std::string_view key);

  /// What it is called in events and errors; may be empty.
  [[nodiscard]] const std::string& name() const { return parts_.name; }
  /// Keys in memory.
  [[nodiscard]] std::size_t size() const;
  [[nodiscard]] RateLimiterCounters counters() const;
  [[nodiscard]] RateLimiterOptions options() const;

 private:
  /// All that each check writes besides its key is in one line of the cache.
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
  /// The time in a shard: never goes back, but when the wall clock was set back.
  [[nodiscard]] Duration now(Shard& shard) const KITH_REQUIRES(shard.mutex);
  KITH_NOINLINE Duration wall_time(Shard& shard) const KITH_REQUIRES(shard.mutex);
  /// Why a key or the options make a request fail.
  KITH_NOINLINE Error unacceptable() const;
  /// The same as `check`, which stays short without it.
  KITH_NOINLINE Result<RateDecision> check_with_parts(std::string_view key,
                                                      const LimitRequest& request);
  [[nodiscard]] Result<void> acceptable(const RateLimiterOptions& options) const;
  /// Between the store and a shard whose lock is held; without a store nothing.
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
