#include "resilience/limiter_machine.hpp"

#include <algorithm>
#include <utility>

#include "core/limits.hpp"

namespace kith {
namespace {

__extension__ using Wide = unsigned __int128;  // nanoseconds times units do not fit in 64 bits

/// Nanoseconds from `earlier` to `later`; right for any two times, as the difference is unsigned.
std::uint64_t elapsed(Duration earlier, Duration later) {
  return static_cast<std::uint64_t>(later.count()) - static_cast<std::uint64_t>(earlier.count());
}

std::uint64_t nanoseconds(Duration duration) {
  return static_cast<std::uint64_t>(duration.count());
}

Duration until(Duration since, Duration window, Duration now) {
  return window - Duration(static_cast<Duration::rep>(elapsed(since, now)));
}

std::uint32_t bucket_size(const RateLimiterOptions& options) {
  return options.burst == 0 || options.limit == 0 ? options.limit : options.burst;
}

/// How long until `tokens` more have flowed in, rounded up, when `part` of one is there already.
Duration time_for(const RateLimiterOptions& options, std::uint32_t tokens, std::uint64_t part) {
  if (tokens == 0) return Duration::zero();
  const Wide needed = Wide{tokens} * nanoseconds(options.window) - part;
  const Wide wait = (needed + options.limit - 1) / options.limit;
  return wait > Wide{nanoseconds(Duration::max())} ? Duration::max()
                                                   : Duration(static_cast<Duration::rep>(wait));
}

}  // namespace

std::string_view to_string(LimiterAlgorithm algorithm) {
  switch (algorithm) {
    case LimiterAlgorithm::sliding_log:
      return "sliding_log";
    case LimiterAlgorithm::token_bucket:
      return "token_bucket";
  }
  return "unknown";
}

std::optional<LimiterAlgorithm> limiter_algorithm_from_string(std::string_view name) {
  for (const auto algorithm : {LimiterAlgorithm::sliding_log, LimiterAlgorithm::token_bucket}) {
    if (to_string(algorithm) == name) return algorithm;
  }
  return std::nullopt;
}

Result<void> validate(const RateLimiterOptions& options) {
  const auto refuse = [](std::string text) {
    return Result<void>(ErrorCode::invalid_argument, std::move(text));
  };
  if (options.limit > limiter_limit_max || options.burst > limiter_limit_max) {
    return refuse("a limit or burst counts to " + std::to_string(limiter_limit_max) + " at most");
  }
  if (options.window <= Duration::zero() || options.window > limiter_window_max) {
    return refuse("a limit's window is longer than zero and at most 100 years");
  }
  if (to_string(options.algorithm) == "unknown") {
    return refuse("the algorithm of a limit is sliding_log or token_bucket");
  }
  return {};
}

// -- sliding log ----------------------------------------------------------------------------------

RateDecision SlidingLog::check(const RateLimiterOptions& options, std::uint32_t cost, Duration at) {
  newest_ = std::max(newest_, at);
  forget_before_window(options.window);
  // Options may have become smaller than what was admitted under older ones.
  const std::uint32_t left = options.limit - std::min(units_, options.limit);
  RateDecision decision{.admitted = cost <= left, .remaining = left};
  if (decision.admitted && cost > 0) {
    remember(cost);
    decision.remaining -= cost;
  } else if (!decision.admitted) {
    decision.retry_after = wait_for(options, cost);
  }
  if (units_ > 0) decision.reset_after = until(entries_.back().at, options.window, newest_);
  return decision;
}

bool SlidingLog::idle(const RateLimiterOptions& options, Duration at) const {
  if (at < newest_) return false;
  return units_ == 0 || elapsed(entries_.back().at, at) >= nanoseconds(options.window);
}

void SlidingLog::forget_before_window(Duration window) {
  while (first_ < entries_.size() && elapsed(entries_[first_].at, newest_) >= nanoseconds(window)) {
    units_ -= entries_[first_].units;
    ++first_;
  }
  if (first_ > entries_.size() / 2) {
    entries_.erase(entries_.begin(), entries_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = 0;
  }
}

void SlidingLog::remember(std::uint32_t cost) {
  if (units_ > 0 && entries_.back().at == newest_)
    entries_.back().units += cost;
  else
    entries_.push_back({newest_, cost});
  units_ += cost;
}

Duration SlidingLog::wait_for(const RateLimiterOptions& options, std::uint32_t cost) const {
  if (cost > options.limit) return Duration::max();
  std::uint32_t to_leave = units_ - (options.limit - cost);
  for (std::size_t i = first_; i < entries_.size(); ++i) {
    if (entries_[i].units >= to_leave) return until(entries_[i].at, options.window, newest_);
    to_leave -= entries_[i].units;
  }
  return options.window;
}

// -- token bucket ---------------------------------------------------------------------------------

RateDecision TokenBucket::check(const RateLimiterOptions& options, std::uint32_t cost,
                                Duration at) {
  refill(options, at);
  const std::uint32_t size = bucket_size(options);
  RateDecision decision{.admitted = cost <= tokens_};
  if (decision.admitted)
    tokens_ -= cost;
  else if (cost > size || options.limit == 0)
    decision.retry_after = Duration::max();
  else
    decision.retry_after = time_for(options, cost - tokens_, part_);
  decision.remaining = tokens_;
  if (options.limit > 0) decision.reset_after = time_for(options, size - tokens_, part_);
  return decision;
}

bool TokenBucket::idle(const RateLimiterOptions& options, Duration at) const {
  if (!used_) return true;
  TokenBucket later = *this;
  later.refill(options, at);
  return at >= newest_ && later.tokens_ == bucket_size(options);
}

void TokenBucket::refill(const RateLimiterOptions& options, Duration at) {
  const std::uint32_t size = bucket_size(options);
  if (!used_) {
    used_ = true;
    tokens_ = size;
    newest_ = at;
    return;
  }
  const std::uint64_t window = nanoseconds(options.window);
  const Duration now = std::max(newest_, at);
  const Wide flowed = Wide{elapsed(newest_, now)} * options.limit + part_;
  newest_ = now;
  const Wide whole = tokens_ + flowed / window;
  const bool full = whole >= size;
  tokens_ = full ? size : static_cast<std::uint32_t>(whole);
  part_ = full ? 0 : static_cast<std::uint64_t>(flowed % window);
}

// -- keyed limiter --------------------------------------------------------------------------------

KeyedLimiter::Machine KeyedLimiter::fresh() const {
  if (options_.algorithm == LimiterAlgorithm::token_bucket) return TokenBucket{};
  return SlidingLog{};
}

Result<RateDecision> KeyedLimiter::check(std::string_view key, std::uint32_t cost, Duration at) {
  if (key.size() > limits::key_size_bytes_max) {
    return {ErrorCode::invalid_argument,
            "a limiter key has at most " + std::to_string(limits::key_size_bytes_max) + " bytes"};
  }
  auto found = keys_.find(key);
  if (found == keys_.end()) {
    if (keys_.size() >= limiter_keys_max) {
      return {ErrorCode::overloaded,
              "the limiter remembers no more than " + std::to_string(limiter_keys_max) + " keys"};
    }
    found = keys_.emplace(std::string(key), fresh()).first;
  }
  return std::visit([&](auto& machine) { return machine.check(options_, cost, at); },
                    found->second);
}

std::size_t KeyedLimiter::forget_idle(Duration at, std::size_t keys_max) {
  std::size_t forgotten = 0;
  auto next = keys_.lower_bound(swept_);
  for (; keys_max > 0 && next != keys_.end(); --keys_max) {
    const bool idle =
        std::visit([&](const auto& machine) { return machine.idle(options_, at); }, next->second);
    next = idle ? keys_.erase(next) : std::next(next);
    forgotten += idle ? 1 : 0;
  }
  if (next == keys_.end())
    swept_.clear();
  else
    swept_ = next->first;
  return forgotten;
}

bool KeyedLimiter::reset(std::string_view key) {
  const auto found = keys_.find(key);
  if (found == keys_.end()) return false;
  keys_.erase(found);
  return true;
}

}  // namespace kith
