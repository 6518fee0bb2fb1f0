#pragma once

#include <cstdint>

#include "core/clock.hpp"
#include "resilience/limiter_options.hpp"
#include "resilience/limiter_state.hpp"
#include "resilience/limiter_time.hpp"

namespace kith::limiting {

/// The generic cell rate algorithm of one key (ITU-T I.371, virtual scheduling): each hit moves the
/// theoretical arrival time on by window / limit; it may be ahead of now by as much as `burst` hits
/// take. Credit moves it behind now, for one window. Exact: times count in 1 / limit of a
/// nanosecond. Thread-safety: plain value.
class Gcra {
 public:
  /// Moves to `at`, or stays where it is when `at` is older; the time at which it is then.
  Duration advance(const RateLimiterOptions& options, Duration at);
  /// Units that fit now.
  [[nodiscard]] std::int64_t room(const RateLimiterOptions& options) const;
  /// Counts units, whether they fit or not; fewer than zero give back.
  void take(const RateLimiterOptions& options, std::int64_t hits);
  /// How long until so many fit that do not now.
  [[nodiscard]] Duration wait_for(const RateLimiterOptions& options, std::int64_t hits) const;
  /// How long until it is as if never used.
  [[nodiscard]] Duration reset_after(const RateLimiterOptions& options) const;
  /// Goes on under other options; the theoretical arrival time stays.
  void change(const RateLimiterOptions& before, const RateLimiterOptions& after);
  /// Writes what it has counted.
  void save(LimiterState& state) const;
  /// Takes over what was written; false when that cannot be.
  [[nodiscard]] bool restore(const RateLimiterOptions& options, const LimiterState& state);
  [[nodiscard]] std::size_t heap_bytes() const { return 0; }

 private:
  [[nodiscard]] SignedWide ahead(const RateLimiterOptions& options) const;
  void set_ahead(const RateLimiterOptions& options, SignedWide parts);

  bool used_ = false;
  std::uint32_t parts_ = 0;  // beyond ahead_, in 1 / limit of a nanosecond
  std::int64_t ahead_ = 0;   // nanoseconds from newest_ to the theoretical arrival time
  Duration newest_ = Duration::min();
  Duration credited_{};  // when credit was last given
};

}  // namespace kith::limiting
