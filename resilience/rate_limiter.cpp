// SPDX-License-Identifier: Apache-2.0
#include "resilience/rate_limiter.hpp"

#include <algorithm>
#include <exception>
#include <string>
#include <type_traits>
#include <utility>

#include "core/hash.hpp"
#include "core/limits.hpp"
#include "resilience/limiter_wall.hpp"

namespace kith {
namespace {

// A check adds at most one key and checks two, so idle keys go faster than new ones can come.
constexpr std::size_t keys_swept_per_check = 2;

/// Returns the result of a store call; turns an exception into an error.
template <typename F>
std::invoke_result_t<F> contained(F call) {
  try {
    return call();
  } catch (const std::exception& exception) {
    return {ErrorCode::unavailable, exception.what()};
  }
}

}  // namespace

RateLimiter::RateLimiter(RateLimiterOptions options, const Clock& clock, RateLimiterParts parts)
    : parts_(std::move(parts)),
      acceptable_(acceptable(options)),
      clock_(clock),
      epoch_(clock.wall().time_since_epoch() - clock.now().time_since_epoch()) {
  if (!acceptable_) return;
  // With a store tickets start at the wall clock, so that a restart does not reuse the tickets of
  // stored reservations.
  const auto last_ticket = static_cast<std::uint64_t>(
      parts_.store ? clock.wall().time_since_epoch().count() : Duration::rep{0});
  for (Shard& shard : shards_) {
    const MutexLock lock(shard.mutex);
    shard.limiter =
        KeyedLimiter(options, limiter_keys_max / shards_.size(), last_ticket, now(options));
  }
}

Result<RateDecision> RateLimiter::check(std::string_view key, const LimitRequest& request) {
  if (!acceptable_ || key.empty()) return unacceptable();
  if (parts_.store || parts_.on_hit) return check_with_parts(key, request);
  const std::uint64_t hash = stable_hash(key);
  Shard& shard = shard_of(hash);
  const MutexLock lock(shard.mutex);
  // The clock is read under the lock, so that times are monotonic within a shard: `forget_idle`
  // requires that no later request is older.
  const Duration at = now(shard);
  shard.limiter.forget_idle(at, keys_swept_per_check);
  auto decision = shard.limiter.check(key, request, at, hash);
  if (decision) shard.count(*decision);
  return decision;
}

Result<RateDecision> RateLimiter::check_with_parts(std::string_view key,
                                                   const LimitRequest& request) {
  const auto counted = [&]() -> Result<RateDecision> {
    const std::uint64_t hash = stable_hash(key);
    Shard& shard = shard_of(hash);
    const MutexLock lock(shard.mutex);
    const Duration at = now(shard);
    shard.limiter.forget_idle(at, keys_swept_per_check);
    load(shard, key, at, hash);
    auto decision = shard.limiter.check(key, request, at, hash);
    if (!decision) return decision;
    shard.count(*decision);
    const bool took = (decision->admitted || request.drain_over_limit) && request.hits != 0;
    if (took || request.reset_first) save(shard, key, at);
    return decision;
  };
  auto decision = counted();
  // After the lock is released: the observer may use the limiter.
  if (parts_.on_hit && decision && request.hits != 0) {
    parts_.on_hit({parts_.name, key, request.hits, *decision});
  }
  return decision;
}

Result<LimitAnswers> RateLimiter::check_many(std::span<const LimitItem> items) {
  if (const auto good = validate_batch(items.size()); !good) return good.error();
  LimitAnswers answers;
  answers.reserve(items.size());
  for (const LimitItem& item : items) answers.push_back(check(item.key, item.request));
  return answers;
}

Result<RateDecision> RateLimiter::reserve(std::string_view key, std::int64_t hits,
                                          Duration hold_for) {
  if (!acceptable_ || key.empty()) return unacceptable();
  const std::uint64_t hash = stable_hash(key);
  Shard& shard = shard_of(hash);
  const MutexLock lock(shard.mutex);
  const Duration at = now(shard);
  load(shard, key, at, hash);
  auto decision = shard.limiter.reserve(key, hits, hold_for, at);
  if (decision && decision->ticket != 0) save(shard, key, at);
  return decision;
}

bool RateLimiter::commit(std::string_view key, std::uint64_t ticket) {
  const std::uint64_t hash = stable_hash(key);
  Shard& shard = shard_of(hash);
  const MutexLock lock(shard.mutex);
  const Duration at = now(shard);
  load(shard, key, at, hash);
  const bool committed = shard.limiter.commit(key, ticket, at);
  if (committed) save(shard, key, at);
  return committed;
}

bool RateLimiter::cancel(std::string_view key, std::uint64_t ticket) {
  const std::uint64_t hash = stable_hash(key);
  Shard& shard = shard_of(hash);
  const MutexLock lock(shard.mutex);
  const Duration at = now(shard);
  load(shard, key, at, hash);
  const bool cancelled = shard.limiter.cancel(key, ticket, at);
  if (cancelled) save(shard, key, at);
  return cancelled;
}

Result<void> RateLimiter::change(const RateLimiterOptions& options) {
  if (!acceptable_) return acceptable_;
  if (auto good = acceptable(options); !good) return good;
  for (Shard& shard : shards_) {
    const MutexLock lock(shard.mutex);
    const Duration at = now(shard);
    const bool other_clock = (options.calendar == CalendarUnit::none) !=
                             (shard.limiter.options().calendar == CalendarUnit::none);
    const Duration then = other_clock ? now(options) : at;
    // The clock first: the new options apply from a time of the new clock.
    shard.limiter.change_clock(at, then);
    shard.limiter.change(options, then);
    if (other_clock) shard.wall = then;
  }
  return {};
}

bool RateLimiter::reset(std::string_view key) {
  Shard& shard = shard_of(stable_hash(key));
  const MutexLock lock(shard.mutex);
  if (parts_.store && !contained([&] { return parts_.store->remove(key); })) ++shard.store_failures;
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
    sum.admitted += shard.admitted;
    sum.limited += shard.limited;
    sum.shadowed += shard.shadowed;
    sum.store_failures += shard.store_failures;
  }
  return sum;
}

RateLimiterOptions RateLimiter::options() const {
  const MutexLock lock(shards_[0].mutex);
  return shards_[0].limiter.options();
}

Duration RateLimiter::now(const RateLimiterOptions& options) const {
  return options.calendar == CalendarUnit::none ? clock_.now().time_since_epoch() + epoch_
                                                : clock_.wall().time_since_epoch();
}

Duration RateLimiter::now(Shard& shard) const {
  const RateLimiterOptions& options = shard.limiter.options();
  return options.calendar == CalendarUnit::none ? now(options) : wall_time(shard);
}

Duration RateLimiter::wall_time(Shard& shard) const {
  return kith::wall_time(shard.limiter, shard.wall, clock_.wall().time_since_epoch());
}

Error RateLimiter::unacceptable() const {
  if (!acceptable_) return acceptable_.error();
  return {ErrorCode::invalid_argument,
          "key: a limiter key has 1 to " + std::to_string(limits::key_size_bytes_max) + " bytes"};
}

Result<void> RateLimiter::acceptable(const RateLimiterOptions& options) const {
  if (auto good = validate(options); !good) return good;
  const bool single_units = options.algorithm == LimiterAlgorithm::sliding_log ||
                            options.algorithm == LimiterAlgorithm::concurrency;
  if (!parts_.store || !single_units || options.limit <= limits::limiter_stored_units_max)
    return {};
  return {ErrorCode::invalid_argument,
          "limit: a sliding_log or concurrency limit with a store is at most " +
              std::to_string(limits::limiter_stored_units_max)};
}

// -- store ----------------------------------------------------------------------------------------

void RateLimiter::load(Shard& shard, std::string_view key, Duration at, std::uint64_t hash) {
  if (!parts_.store || !acceptable_ || shard.limiter.knows(key, hash)) return;
  const auto found = contained([&] { return parts_.store->get(key); });
  if (!found) ++shard.store_failures;
  if (!found || !*found) return;
  auto state = decode_limiter_state(**found);
  const bool is_from_future = state && state->newest > at;
  const auto restored =
      state ? shard.limiter.restore(key, *std::move(state), at, hash) : Result<void>(state.error());
  // Store the shifted state; otherwise it would count as of now again after each restart.
  if (restored && is_from_future) save(shard, key, at);
  if (restored) return;
  const ErrorCode why = restored.error().code();
  if (why == ErrorCode::decode) ++shard.store_failures;
  if (why != ErrorCode::decode && why != ErrorCode::conflict) return;
  if (!contained([&] { return parts_.store->remove(key); })) ++shard.store_failures;
}

void RateLimiter::save(Shard& shard, std::string_view key, Duration at) {
  if (!parts_.store) return;
  const auto saved = shard.limiter.save(key, at);
  const auto kept = contained([&] {
    return saved ? parts_.store->on_change(key, encode(saved->state), WallTime(saved->idle_at))
                 : parts_.store->remove(key);
  });
  if (!kept) ++shard.store_failures;
}

}  // namespace kith
