#pragma once

#include <cstdint>

#include "core/clock.hpp"
#include "resilience/limiter_options.hpp"
#include "resilience/limiter_state.hpp"

namespace kith::limiting {

/// The token bucket of one key: full at first, a hit takes a token, `limit` per window flow in,
/// never above `burst`. Exact in integers. Tokens given back beyond `burst` are credit for one
/// window. Thread-safety: plain value.
class TokenBucket {
 public:
  /// Moves to `at`, or stays where it is when `at` is older; the time at which it is then.
  Duration advance(const RateLimiterOptions& options, Duration at);
  /// Units that fit now.
  [[nodiscard]] std::int64_t room(const RateLimiterOptions&) const { return tokens_; }
  /// Counts units, whether they fit or not; fewer than zero give back.
  void take(const RateLimiterOptions& options, std::int64_t hits);
  /// How long until so many fit that do not now.
  [[nodiscard]] Duration wait_for(const RateLimiterOptions& options, std::int64_t hits) const;
  /// How long until it is as if never used.
  [[nodiscard]] Duration reset_after(const RateLimiterOptions& options) const;
  /// Goes on under other options: the difference of the sizes comes or goes.
  void change(const RateLimiterOptions& before, const RateLimiterOptions& after);
  /// Goes on at another rate: the part of the next token stays as large a part of it.
  void rescale(Duration before, Duration after);
  /// Never more than so many tokens (of a leaky bucket that became smaller), and no part of one,
  /// which would be as much of another at another rate.
  void cap(std::int64_t tokens_max);
  /// Writes what it has counted.
  void save(LimiterState& state) const;
  /// Takes over what was written; false when that cannot be.
  [[nodiscard]] bool restore(const RateLimiterOptions& options, const LimiterState& state);
  [[nodiscard]] std::size_t heap_bytes() const { return 0; }

 private:
  bool used_ = false;
  std::int64_t tokens_ = 0;
  std::uint64_t part_ = 0;  // of the next token, in nanoseconds of window / limit
  Duration newest_ = Duration::min();
  Duration credited_{};  // when credit was last given
};

}  // namespace kith::limiting
