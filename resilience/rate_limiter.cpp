#include "resilience/rate_limiter.hpp"

#include "core/hash.hpp"

namespace kith {
namespace {

// Each check looks at two keys, so idle ones go faster than new ones can come.
constexpr std::size_t keys_swept_per_check = 2;

}  // namespace

RateLimiter::RateLimiter(RateLimiterOptions options, const Clock& clock)
    : options_(options), acceptable_(validate(options)), clock_(clock) {
  if (!acceptable_) return;
  for (Shard& shard : shards_) {
    const MutexLock lock(shard.mutex);
    shard.limiter = KeyedLimiter(options_);
  }
}

Result<RateDecision> RateLimiter::check(std::string_view key, std::uint32_t cost) {
  if (!acceptable_) return acceptable_.error();
  Shard& shard = shard_of(key);
  const MutexLock lock(shard.mutex);
  // The clock is read under the lock: times never go back within a shard, so forgetting is safe.
  const Duration at = clock_.now().time_since_epoch();
  shard.limiter.forget_idle(at, keys_swept_per_check);
  auto decision = shard.limiter.check(key, cost, at);
  if (decision) {
    auto& counter = decision->admitted ? admitted_ : limited_;
    counter.fetch_add(1, std::memory_order_relaxed);
  }
  return decision;
}

bool RateLimiter::reset(std::string_view key) {
  Shard& shard = shard_of(key);
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
  return {.admitted = admitted_.load(std::memory_order_relaxed),
          .limited = limited_.load(std::memory_order_relaxed)};
}

RateLimiter::Shard& RateLimiter::shard_of(std::string_view key) {
  return shards_[stable_hash(key) % shards_.size()];
}

}  // namespace kith
