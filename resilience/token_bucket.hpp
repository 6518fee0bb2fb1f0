#pragma once

#include <cstdint>

#include "core/clock.hpp"
#include "resilience/limiter_options.hpp"
#include "resilience/limiter_state.hpp"
#include "resilience/limiter_time.hpp"
#include "resilience/unit_part.hpp"

namespace kith::limiting {

/// The token bucket of one key: full at first, a hit takes a token, `limit` per window flow in,
/// never above `burst`. Exact in integers. Tokens given back beyond `burst` are credit for one
/// window. Thread-safety: plain value.
///
/// A change keeps what was consumed. What fits may then be more than the size less that: a smaller
/// bucket has no fewer than zero tokens. The difference is owed: what flows over a full bucket pays
/// it, and so does a bucket that grows. No sequence of changes makes tokens.
class TokenBucket {
 public:
  /// Moves to `at`, or stays where it is when `at` is older; the time at which it is then.
  Duration advance(const RateLimiterOptions& options, Duration at);
  /// The newest time it has seen; `Duration::min()`: none.
  [[nodiscard]] Duration newest() const { return newest_; }
  /// Units that fit now.
  [[nodiscard]] std::int64_t room(const RateLimiterOptions&) const { return tokens_; }
  /// Counts units, whether they fit or not; fewer than zero give back.
  void take(const RateLimiterOptions& options, std::int64_t hits);
  /// How long until so many fit that do not now.
  [[nodiscard]] Duration wait_for(const RateLimiterOptions& options, std::int64_t hits) const {
    return hits > std::int64_t{bucket_size(options)} ? Duration::max()
                                                     : wait_for_more(options, hits - tokens_);
  }
  /// How long until so many have flowed in.
  [[nodiscard]] Duration wait_for_more(const RateLimiterOptions& options, std::int64_t units) const;
  /// The size less what was consumed.
  [[nodiscard]] std::int64_t earned() const { return tokens_ - owed_; }
  /// Nothing is consumed, and there is no credit.
  [[nodiscard]] bool is_full(const RateLimiterOptions& options) const {
    return tokens_ == std::int64_t{bucket_size(options)} && owed_ == 0 && !has_part();
  }
  /// Whatever is owed counts as consumed: no more fit than were earned.
  void forget_room() {
    tokens_ = earned();
    owed_ = 0;
  }
  /// Is full at this size.
  void fill(const RateLimiterOptions& options) { overflow(bucket_size(options), owed_, 0); }
  /// How long until it is as if never used.
  [[nodiscard]] Duration reset_after(const RateLimiterOptions& options) const;
  /// Goes on under other options: the difference of the sizes comes or goes.
  void change(const RateLimiterOptions& before, const RateLimiterOptions& after);
  /// Goes on under other options as a leaky bucket does: what fits stays, and no more than the new
  /// bucket holds.
  void cut(const RateLimiterOptions& before, const RateLimiterOptions& after);
  /// Goes on at another rate: the part of the next token stays as large a part of it.
  void rescale(Duration before, Duration after);
  /// Moves all times.
  void move(Duration by, const RateLimiterOptions& options);
  /// Writes what it has counted.
  void save(LimiterState& state) const;
  /// Takes over what was written; false when that cannot be.
  [[nodiscard]] bool restore(const RateLimiterOptions& options, const LimiterState& state);
  [[nodiscard]] std::size_t heap_bytes() const { return 0; }

 private:
  [[nodiscard]] bool has_credit(std::int64_t size) const {
    return owed_ == 0 && (tokens_ > size || (tokens_ == size && has_part()));
  }
  [[nodiscard]] bool has_part() const { return part_ > 0 || !rest_.is_zero(); }
  void change_to(std::int64_t room, std::int64_t grown);
  void overflow(std::int64_t size, Wide over, std::uint64_t part);

  bool used_ = false;
  std::uint32_t owed_ = 0;   // tokens_ - owed_ is the size less what was consumed
  std::int64_t tokens_ = 0;  // at most the size while some are owed
  std::uint64_t part_ = 0;   // of the next token, in nanoseconds of window / limit
  Fraction rest_;            // of the next such part: shows only when the window changes
  Duration newest_ = Duration::min();
  Duration credited_{};  // when credit was last given
};

}  // namespace kith::limiting
