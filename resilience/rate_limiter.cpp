#include "resilience/rate_limiter.hpp"

#include "core/hash.hpp"

namespace kith {
namespace {

// Each check looks at two keys, so idle ones go faster than new ones can come.
constexpr std::size_t keys_swept_per_check = 2;

}  // namespace

RateLimiter::RateLimiter(RateLimiterOptions options, const Clock& clock)
    : acceptable_(validate(options)), clock_(clock) {
  if (!acceptable_) return;
  for (Shard& shard : shards_) {
    const MutexLock lock(shard.mutex);
    shard.limiter = KeyedLimiter(options, limiter_keys_max / shards_.size());
  }
}

Result<RateDecision> RateLimiter::check(std::string_view key, const LimitRequest& request) {
  if (!acceptable_) return acceptable_.error();
  const std::uint64_t hash = stable_hash(key);
  Shard& shard = shard_of(hash);
  const MutexLock lock(shard.mutex);
  // The clock is read under the lock: times never go back within a shard, so forgetting is safe.
  const Duration at = now(shard.limiter.options());
  shard.limiter.forget_idle(at, keys_swept_per_check);
  auto decision = shard.limiter.check(key, request, at, hash);
  if (decision) {
    RateLimiterCounters& counters = shard.counters;
    ++(decision->admitted ? counters.admitted : counters.limited);
    counters.shadowed += decision->shadowed ? 1 : 0;
  }
  return decision;
}

Result<RateDecision> RateLimiter::reserve(std::string_view key, std::int64_t hits,
                                          Duration hold_for) {
  if (!acceptable_) return acceptable_.error();
  Shard& shard = shard_of(stable_hash(key));
  const MutexLock lock(shard.mutex);
  return shard.limiter.reserve(key, hits, hold_for, now(shard.limiter.options()));
}

bool RateLimiter::commit(std::string_view key, std::uint64_t ticket) {
  Shard& shard = shard_of(stable_hash(key));
  const MutexLock lock(shard.mutex);
  return shard.limiter.commit(key, ticket, now(shard.limiter.options()));
}

bool RateLimiter::cancel(std::string_view key, std::uint64_t ticket) {
  Shard& shard = shard_of(stable_hash(key));
  const MutexLock lock(shard.mutex);
  return shard.limiter.cancel(key, ticket, now(shard.limiter.options()));
}

Result<void> RateLimiter::change(const RateLimiterOptions& options) {
  if (!acceptable_) return acceptable_;
  if (auto good = validate(options); !good) return good;
  for (Shard& shard : shards_) {
    const MutexLock lock(shard.mutex);
    shard.limiter.change(options);
  }
  return {};
}

bool RateLimiter::reset(std::string_view key) {
  Shard& shard = shard_of(stable_hash(key));
  const MutexLock lock(shard.mutex);
  return shard.limiter.reset(key);
}

std::size_t RateLimiter::size() const {
  std::size_t size = 0;
  for (const Shard& shard : shards_) {
    const MutexLock lock(shard.mutex);
    size += shard.limiter.size();
  }
  return size;
}

RateLimiterCounters RateLimiter::counters() const {
  RateLimiterCounters sum;
  for (const Shard& shard : shards_) {
    const MutexLock lock(shard.mutex);
    sum.admitted += shard.counters.admitted;
    sum.limited += shard.counters.limited;
    sum.shadowed += shard.counters.shadowed;
  }
  return sum;
}

RateLimiterOptions RateLimiter::options() const {
  const MutexLock lock(shards_[0].mutex);
  return shards_[0].limiter.options();
}

Duration RateLimiter::now(const RateLimiterOptions& options) const {
  return options.calendar == CalendarUnit::none ? clock_.now().time_since_epoch()
                                                : clock_.wall().time_since_epoch();
}

}  // namespace kith
