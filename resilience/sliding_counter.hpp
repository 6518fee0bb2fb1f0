#pragma once

#include <cstdint>

#include "core/clock.hpp"
#include "resilience/limiter_options.hpp"
#include "resilience/limiter_state.hpp"

namespace kith::limiting {

/// The sliding counter of one key: counts of the present window and of the one before, which
/// begin at multiples of `window`; the older one counts by the part of it that the last window
/// still sees. Exact in integers; approximate as a limit, since it takes hits to be spread evenly:
/// up to twice the limit in some window when they were not. Thread-safety: plain value.
class SlidingCounter {
 public:
  /// Moves to `at`, or stays where it is when `at` is older; the time at which it is then.
  Duration advance(const RateLimiterOptions& options, Duration at);
  /// The newest time it has seen; `Duration::min()`: none.
  [[nodiscard]] Duration newest() const { return newest_; }
  /// Units that fit now.
  [[nodiscard]] std::int64_t room(const RateLimiterOptions& options) const;
  /// Counts units, whether they fit or not; fewer than zero give back, also beyond the limit.
  void take(const RateLimiterOptions& options, std::int64_t hits);
  /// How long until so many fit that do not now.
  [[nodiscard]] Duration wait_for(const RateLimiterOptions& options, std::int64_t hits) const;
  /// How long until it is as if never used.
  [[nodiscard]] Duration reset_after(const RateLimiterOptions& options) const;
  /// Goes on under other options. What the present window has counted becomes that of the other
  /// present window; what is older fades as it did.
  void change(const RateLimiterOptions& before, const RateLimiterOptions& after);
  /// Moves all times; the present window goes on where it was within the new one.
  void move(Duration by, const RateLimiterOptions& options);
  /// Writes what it has counted.
  void save(LimiterState& state) const;
  /// Takes over what was written; false when that cannot be.
  [[nodiscard]] bool restore(const RateLimiterOptions& options, const LimiterState& state);
  [[nodiscard]] std::size_t heap_bytes() const { return 0; }

 private:
  [[nodiscard]] Duration fade_length(const RateLimiterOptions& options) const {
    return fade_length_ == Duration::zero() ? options.window : fade_length_;
  }
  [[nodiscard]] std::uint64_t fade_left(Duration window, Duration at) const;
  [[nodiscard]] std::int64_t after_next_border(std::uint64_t left) const;

  bool used_ = false;
  Duration begin_{};  // of the present window
  std::int64_t now_ = 0;
  std::int64_t before_ = 0;  // fades until the present window ends, or, after a change of it:
  Duration fade_length_{};   // over so long (zero: it did not change),
  Duration fade_end_{};      // until then
  Duration newest_ = Duration::min();
};

}  // namespace kith::limiting
