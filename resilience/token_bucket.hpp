// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "core/clock.hpp"
#include "resilience/limiter_options.hpp"
#include "resilience/limiter_state.hpp"
#include "resilience/limiter_time.hpp"
#include "resilience/unit_part.hpp"

namespace kith::limiting {

/// Limits one key with a token bucket, which is full at first. A hit takes a token; `limit` tokens
/// per window flow in, up to `burst`. Integer arithmetic is exact. Tokens given back beyond `burst`
/// are credit for one window. Thread-safety: plain value.
///
/// A change of options keeps the consumed tokens. Because a bucket never has less than zero tokens,
/// shrinking it may leave more tokens than size minus consumption; the difference is owed. Tokens
/// that overflow a full bucket pay the debt, and so does growth. Invariant: no sequence of changes
/// creates tokens.
class TokenBucket {
 public:
  /// Advances to `at`, or stays if `at` is older; returns its newest time.
  Duration advance(const RateLimiterOptions& options, Duration at);
  /// Returns the newest time it has seen; `Duration::min()`: none.
  [[nodiscard]] Duration newest() const { return newest_; }
  /// Returns the units that fit now.
  [[nodiscard]] std::int64_t room(const RateLimiterOptions&) const { return tokens_; }
  /// Counts `hits` units, even if they do not fit; negative hits give back.
  void take(const RateLimiterOptions& options, std::int64_t hits);
  /// Returns the time until `hits` units fit, which do not fit now.
  [[nodiscard]] Duration wait_for(const RateLimiterOptions& options, std::int64_t hits) const {
    return hits > std::int64_t{bucket_size(options)} ? Duration::max()
                                                     : wait_for_more(options, hits - tokens_);
  }
  /// Returns the time until `units` more tokens have flowed in.
  [[nodiscard]] Duration wait_for_more(const RateLimiterOptions& options, std::int64_t units) const;
  /// Returns size minus consumption.
  [[nodiscard]] std::int64_t earned() const { return tokens_ - owed_; }
  /// Returns true without consumption and credit.
  [[nodiscard]] bool is_full(const RateLimiterOptions& options) const {
    return tokens_ == std::int64_t{bucket_size(options)} && owed_ == 0 && !has_part();
  }
  /// Counts the owed tokens as consumed, so that no more fit than were earned.
  void forget_room() {
    tokens_ = earned();
    owed_ = 0;
  }
  /// Fills the bucket to the size of these options.
  void fill(const RateLimiterOptions& options) { overflow(bucket_size(options), owed_, 0); }
  /// Returns the time until it is in its initial state.
  [[nodiscard]] Duration reset_after(const RateLimiterOptions& options) const;
  /// Applies other options: adds or removes the difference of the sizes.
  void change(const RateLimiterOptions& before, const RateLimiterOptions& after);
  /// Applies other options as a leaky bucket does: keeps the room, capped at the new size.
  void cut(const RateLimiterOptions& before, const RateLimiterOptions& after);
  /// Applies another window and keeps the earned fraction of the next token.
  void rescale(Duration before, Duration after);
  /// Shifts all times by `by`.
  void move(Duration by, const RateLimiterOptions& options);
  /// Writes its counts to `state`.
  void save(LimiterState& state) const;
  /// Takes the counts of `state`; false if they are inconsistent.
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
  std::uint32_t owed_ = 0;   // invariant: tokens_ - owed_ is size minus consumption
  std::int64_t tokens_ = 0;  // invariant: at most the size while owed_ > 0
  std::uint64_t part_ = 0;   // of the next token, in nanoseconds of window / limit
  Fraction rest_;            // of the next such part; matters only when the window changes
  Duration newest_ = Duration::min();
  Duration credited_{};  // when credit was last given
};

}  // namespace kith::limiting
