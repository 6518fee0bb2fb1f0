// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "core/clock.hpp"
#include "resilience/limiter_options.hpp"
#include "resilience/limiter_state.hpp"
#include "resilience/limiter_time.hpp"
#include "resilience/unit_part.hpp"

namespace kith::limiting {

/// Limits one key with the generic cell rate algorithm (ITU-T I.371, virtual scheduling). Each hit
/// advances the theoretical arrival time by window / limit; it may be ahead of now by the time of
/// `burst` hits. Units given back beyond that are credit for one window.
///
/// Arithmetic is exact: times count in 1 / limit of a nanosecond, credit in 1 / window of a unit.
/// A change of options keeps the arrival time as a time and credit as units. With a limit of 0 a
/// unit has no time, so everything is counted in units. Thread-safety: plain value.
class Gcra {
 public:
  /// Advances to `at`, or stays if `at` is older; returns its newest time.
  Duration advance(const RateLimiterOptions& options, Duration at);
  /// Returns the newest time it has seen; `Duration::min()`: none.
  [[nodiscard]] Duration newest() const { return newest_; }
  /// Returns the units that fit now.
  [[nodiscard]] std::int64_t room(const RateLimiterOptions& options) const;
  /// Counts `hits` units, even if they do not fit; negative hits give back.
  void take(const RateLimiterOptions& options, std::int64_t hits);
  /// Returns the time until `hits` units fit, which do not fit now.
  [[nodiscard]] Duration wait_for(const RateLimiterOptions& options, std::int64_t hits) const;
  /// Returns the time until it is in its initial state.
  [[nodiscard]] Duration reset_after(const RateLimiterOptions& options) const;
  /// Applies other options and keeps the theoretical arrival time and the credit.
  void change(const RateLimiterOptions& before, const RateLimiterOptions& after);
  /// Shifts all times by `by`.
  void move(Duration by, const RateLimiterOptions&) {
    newest_ = moved(newest_, by);
    credited_ = moved(credited_, by);
  }
  /// Writes its counts to `state`.
  void save(LimiterState& state) const;
  /// Takes the counts of `state`; false if they are inconsistent.
  [[nodiscard]] bool restore(const RateLimiterOptions& options, const LimiterState& state);
  [[nodiscard]] std::size_t heap_bytes() const { return 0; }

 private:
  /// The fill level in parts of 1 / window of a unit, plus a fraction of a part; negative: credit.
  struct Level {
    SignedWide parts;
    Fraction rest;
  };
  [[nodiscard]] Level level(const RateLimiterOptions& options) const;
  [[nodiscard]] SignedWide level_rounded_up(const RateLimiterOptions& options) const;
  void set_level(const RateLimiterOptions& options, const Level& level);
  void drop_credit();

  bool used_ = false;
  bool is_credit_ = false;         // the level is negative: rest_ is a fraction of credit_part_
  std::uint32_t parts_ = 0;        // addition to ahead_, in 1 / limit of a nanosecond
  std::int64_t ahead_ = 0;         // nanoseconds from newest_ to the theoretical arrival time
  std::int64_t credit_ = 0;        // units; negative only while the limit is 0
  std::uint64_t credit_part_ = 0;  // addition to credit_, in 1 / window of a unit
  Fraction rest_;                  // fraction of the next part
  Duration newest_ = Duration::min();
  Duration credited_{};  // when credit was last given
};

}  // namespace kith::limiting
