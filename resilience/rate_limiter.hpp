#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/clock.hpp"
#include "core/mutex.hpp"
#include "core/result.hpp"
#include "resilience/limiter_machine.hpp"

namespace kith {

/// What a limiter has decided since it was made. Thread-safety: plain value.
struct RateLimiterCounters {
  std::uint64_t admitted = 0;  ///< checks
  std::uint64_t limited = 0;   ///< checks
};

/// A rate limit for the keys of this process, on a clock. Each admitted request is counted once,
/// atomically. Keys that are idle are forgotten along the way. For a limit that all machines share
/// see `Node::rate_limiter`.
/// Thread-safety: all functions may be called from any thread; keys are spread over several locks.
///
///     RateLimiter limiter({.limit = 100, .window = 60s}, clock);
///     if (!limiter.check(user).value().admitted) return too_many_requests();
class RateLimiter {
 public:
  /// `clock` must outlive it. Options that `validate` refuses make every check fail.
  RateLimiter(RateLimiterOptions options, const Clock& clock);

  /// Counts `cost` units for `key` now, if they fit. To be limited is an answer, not an error.
  /// Errors: `invalid_argument` for a key that is too long or options that are not acceptable,
  /// `overloaded` when too many keys are in use.
  [[nodiscard]] Result<RateDecision> check(std::string_view key, std::uint32_t cost = 1);
  /// Forgets what `key` has used. Returns whether it was known.
  bool reset(std::string_view key);

  /// Keys in memory.
  [[nodiscard]] std::size_t size() const;
  [[nodiscard]] RateLimiterCounters counters() const;
  [[nodiscard]] const RateLimiterOptions& options() const { return options_; }

 private:
  struct Shard {
    mutable Mutex mutex;
    KeyedLimiter limiter KITH_GUARDED_BY(mutex){RateLimiterOptions{}};
  };
  Shard& shard_of(std::string_view key);

  const RateLimiterOptions options_;
  const Result<void> acceptable_;
  const Clock& clock_;
  std::array<Shard, 16> shards_;
  std::atomic<std::uint64_t> admitted_{0};
  std::atomic<std::uint64_t> limited_{0};
};

}  // namespace kith
