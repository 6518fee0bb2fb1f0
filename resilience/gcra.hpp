#pragma once

#include <cstdint>

#include "core/clock.hpp"
#include "resilience/limiter_options.hpp"
#include "resilience/limiter_state.hpp"
#include "resilience/limiter_time.hpp"
#include "resilience/unit_part.hpp"

namespace kith::limiting {

/// The generic cell rate algorithm of one key (ITU-T I.371, virtual scheduling): each hit moves the
/// theoretical arrival time on by window / limit; it may be ahead of now by as much as `burst` hits
/// take. Units given back beyond that are credit for one window. Exact: times count in 1 / limit of
/// a nanosecond, credit in 1 / window of a unit. A change keeps the arrival time as a time and
/// credit as units; a limit of 0 has no time for a unit, so all that it counts are units.
/// Thread-safety: plain value.
class Gcra {
 public:
  /// Moves to `at`, or stays where it is when `at` is older; the time at which it is then.
  Duration advance(const RateLimiterOptions& options, Duration at);
  /// The newest time it has seen; `Duration::min()`: none.
  [[nodiscard]] Duration newest() const { return newest_; }
  /// Units that fit now.
  [[nodiscard]] std::int64_t room(const RateLimiterOptions& options) const;
  /// Counts units, whether they fit or not; fewer than zero give back.
  void take(const RateLimiterOptions& options, std::int64_t hits);
  /// How long until so many fit that do not now.
  [[nodiscard]] Duration wait_for(const RateLimiterOptions& options, std::int64_t hits) const;
  /// How long until it is as if never used.
  [[nodiscard]] Duration reset_after(const RateLimiterOptions& options) const;
  /// Goes on under other options; the theoretical arrival time stays, and so does credit.
  void change(const RateLimiterOptions& before, const RateLimiterOptions& after);
  /// Moves all times.
  void move(Duration by, const RateLimiterOptions&) {
    newest_ = moved(newest_, by);
    credited_ = moved(credited_, by);
  }
  /// Writes what it has counted.
  void save(LimiterState& state) const;
  /// Takes over what was written; false when that cannot be.
  [[nodiscard]] bool restore(const RateLimiterOptions& options, const LimiterState& state);
  [[nodiscard]] std::size_t heap_bytes() const { return 0; }

 private:
  /// Parts (window of them are a unit) that have been taken and not flowed off, and a rest of one;
  /// less than zero is credit.
  struct Level {
    SignedWide parts;
    Fraction rest;
  };
  [[nodiscard]] Level level(const RateLimiterOptions& options) const;
  [[nodiscard]] SignedWide level_rounded_up(const RateLimiterOptions& options) const;
  void set_level(const RateLimiterOptions& options, const Level& level);
  void drop_credit();

  bool used_ = false;
  bool is_credit_ = false;         // rest_ belongs to the credit and not to the arrival time
  std::uint32_t parts_ = 0;        // beyond ahead_, in 1 / limit of a nanosecond
  std::int64_t ahead_ = 0;         // nanoseconds from newest_ to the theoretical arrival time
  std::int64_t credit_ = 0;        // units; below zero only while the limit is 0
  std::uint64_t credit_part_ = 0;  // of the next one, in 1 / window
  Fraction rest_;                  // of the next part
  Duration newest_ = Duration::min();
  Duration credited_{};  // when credit was last given
};

}  // namespace kith::limiting
