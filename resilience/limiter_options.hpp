// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/clock.hpp"
#include "core/result.hpp"
#include "core/wire_types.hpp"

/// Options, requests and answers of rate limits. Times are durations since an epoch of the caller's
/// choice; calendar windows need the epoch of 1970 (UTC).
namespace kith {

/// Selects how a limit counts; docs/limits-and-breakers.md compares the algorithms.
enum class LimiterAlgorithm : std::uint8_t {
  sliding_log,      ///< exact: at most `limit` in any window; stores the time of each admitted hit
  token_bucket,     ///< smooth: a bucket of `burst` tokens, refilled with `limit` per window
  sliding_counter,  ///< two counts per key; the last window is weighted by its visible part
  leaky_bucket,     ///< a bucket of `burst` units that leaks `limit` per window
  gcra,             ///< ITU-T I.371: hits spaced window / limit apart, up to `burst` early
  fixed_window,     ///< a window begins with the first hit of a key, or with the calendar
  concurrency,      ///< `limit` leases at a time; each ends when cancelled or after `window`
};

/// Returns the algorithm's stable name, e.g. "sliding_log".
[[nodiscard]] std::string_view to_string(LimiterAlgorithm algorithm);
/// Returns the algorithm with this name, or nullopt; "token", "leaky" and "fixed" are short names.
[[nodiscard]] std::optional<LimiterAlgorithm> limiter_algorithm_from_string(std::string_view name);

/// Selects a calendar window (UTC, proleptic Gregorian; weeks begin on Monday).
enum class CalendarUnit : std::uint8_t { none, minute, hour, day, week, month, year };

/// Returns the unit's stable name, e.g. "month".
[[nodiscard]] std::string_view to_string(CalendarUnit unit);
/// Returns the unit with this name, or nullopt.
[[nodiscard]] std::optional<CalendarUnit> calendar_unit_from_string(std::string_view name);

/// Highest `limit`; a sliding log stores up to this many times per key.
inline constexpr std::uint32_t limiter_limit_max = 10'000'000;
/// Longest window: a hundred years, so that sums of times stay within 64-bit nanoseconds.
inline constexpr Duration limiter_window_max = std::chrono::hours(24 * 365 * 100);
/// Highest number of keys per limiter; further keys are refused as `overloaded`.
inline constexpr std::size_t limiter_keys_max = 1U << 23U;
/// Highest number of open reservations per key.
inline constexpr std::size_t limiter_holds_max = 10'000;

/// Configures a rate limit. Thread-safety: plain value.
struct RateLimiterOptions {
  /// Units admitted per window; 0 admits nothing. Higher admits more load; a sliding log then also
  /// takes 4 to 8 bytes more per key for each admitted hit of a window.
  std::uint32_t limit = 100;
  /// Length of the window (at - window, at]. Zero limits only the size of a single request. For a
  /// concurrency limit: the lifetime of a lease that is not cancelled. A longer window keeps keys
  /// in memory longer, and leases of crashed holders occupied longer.
  Duration window = std::chrono::seconds(60);
  LimiterAlgorithm algorithm = LimiterAlgorithm::sliding_log;
  /// Size of a token bucket, leaky bucket or GCRA burst; 0 means `limit`. Other algorithms ignore
  /// it. Higher admits larger bursts after an idle time.
  std::uint32_t burst = 0;
  /// Uses calendar windows instead of `window`; for fixed_window and leaky_bucket only.
  CalendarUnit calendar = CalendarUnit::none;
  /// Admits every request, but marks and counts those that would have been limited (L-043).
  bool shadow = false;

  KITH_FIELDS(limit, window, algorithm, burst, calendar, shadow)
  friend bool operator==(const RateLimiterOptions&, const RateLimiterOptions&) = default;
};

/// Returns success, or `invalid_argument` naming the option that is out of range. Check untrusted
/// options with it before constructing a machine from them.
[[nodiscard]] Result<void> validate(const RateLimiterOptions& options);

/// Describes one request to a limit. Thread-safety: plain value.
struct LimitRequest {
  /// Units to count. Zero only queries; negative numbers give units back, as credit if they exceed
  /// the units used.
  std::int64_t hits = 1;
  /// Lets a request that does not fit use up the remaining units.
  bool drain_over_limit = false;
  /// Resets the key before counting.
  bool reset_first = false;

  KITH_FIELDS(hits, drain_over_limit, reset_first)
};

/// Answers one check. Thread-safety: plain value.
struct RateDecision {
  bool admitted = false;
  /// Units that would still be admitted at that time; above `limit` if there is credit.
  std::uint32_t remaining = 0;
  /// Time until the same request would be admitted; zero if it was, `Duration::max()`: never.
  Duration retry_after{};
  /// Time until the key is in its initial state.
  Duration reset_after{};
  /// The limit that was applied.
  std::uint32_t limit = 0;
  /// Earliest time, from now on, at which the same request would be admitted without competing
  /// requests; `Duration::max()`: never. On the limiter's clock; since 1970 for a `RateLimiter` or
  /// a shared limit.
  Duration reset_at{};
  /// True if admitted only because the limit is a shadow.
  bool shadowed = false;
  /// Handle of the reservation or lease; 0: none.
  std::uint64_t ticket = 0;

  KITH_FIELDS(admitted, remaining, retry_after, reset_after, limit, reset_at, shadowed, ticket)
  friend bool operator==(const RateDecision&, const RateDecision&) = default;
};

}  // namespace kith
