#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/clock.hpp"
#include "core/result.hpp"
#include "core/wire_types.hpp"

/// What a rate limit is, what is asked of it and what it answers. Times are always the time since
/// an epoch of the caller's choice; calendar windows need that of 1970 (UTC).
namespace kith {

/// How a limit counts (docs/limits-and-breakers.md compares them).
enum class LimiterAlgorithm : std::uint8_t {
  sliding_log,      ///< exact: never more than `limit` in any window; remembers each admitted hit
  token_bucket,     ///< smooth: `limit` per window flow into a bucket of `burst`
  sliding_counter,  ///< two counts a key: the last window counts by how much of it is still seen
  leaky_bucket,     ///< a bucket of `burst` that leaks `limit` per window; hits are the water
  gcra,             ///< ITU-T I.371: hits spaced window / limit, `burst` of them ahead of time
  fixed_window,     ///< a window begins with the first hit of a key, or with the calendar
  concurrency,      ///< `limit` leases at a time; each ends when given back or after `window`
};

/// The algorithm's stable name, e.g. "sliding_log".
[[nodiscard]] std::string_view to_string(LimiterAlgorithm algorithm);
/// The algorithm with that name, if there is one; "token", "leaky" and "fixed" are short names.
[[nodiscard]] std::optional<LimiterAlgorithm> limiter_algorithm_from_string(std::string_view name);

/// Windows of the calendar (UTC, proleptic Gregorian; weeks begin on Monday).
enum class CalendarUnit : std::uint8_t { none, minute, hour, day, week, month, year };

/// The unit's stable name, e.g. "month".
[[nodiscard]] std::string_view to_string(CalendarUnit unit);
/// The unit with that name, if there is one.
[[nodiscard]] std::optional<CalendarUnit> calendar_unit_from_string(std::string_view name);

/// Most units a limit may count to; a sliding log remembers up to this many times per key.
inline constexpr std::uint32_t limiter_limit_max = 10'000'000;
/// Longest window: a hundred years, far from the edges of 64-bit nanoseconds.
inline constexpr Duration limiter_window_max = std::chrono::hours(24 * 365 * 100);
/// Keys one limiter remembers before new ones are refused as `overloaded`.
inline constexpr std::size_t limiter_keys_max = 1U << 23U;
/// Reservations and leases of one key that are open at a time.
inline constexpr std::size_t limiter_holds_max = 10'000;

/// What a rate limit allows. Thread-safety: plain value.
struct RateLimiterOptions {
  /// Units admitted per window; 0 admits nothing.
  std::uint32_t limit = 100;
  /// Length of the window, (at - window, at]. Zero: hits of one request are all that counts, so
  /// that it never limits more than the size of one request. Of a
  /// concurrency limit: how long a lease lasts that is not given back.
  Duration window = std::chrono::seconds(60);
  LimiterAlgorithm algorithm = LimiterAlgorithm::sliding_log;
  /// Size of a token or leaky bucket or of GCRA's burst; 0 means `limit`. Others do not use it.
  std::uint32_t burst = 0;
  /// Instead of `window`: windows of the calendar. For fixed_window and leaky_bucket only.
  CalendarUnit calendar = CalendarUnit::none;
  /// Everything is admitted; what would not have been is marked and counted (L-043).
  bool shadow = false;

  KITH_FIELDS(limit, window, algorithm, burst, calendar, shadow)
  friend bool operator==(const RateLimiterOptions&, const RateLimiterOptions&) = default;
};

/// Success, or `invalid_argument` with the option that is out of range. Options that come from
/// outside must pass here before a machine is made of them.
[[nodiscard]] Result<void> validate(const RateLimiterOptions& options);

/// What is asked of a limit. Thread-safety: plain value.
struct LimitRequest {
  /// Units to count. Zero only asks; fewer give units back, also beyond the limit (as credit).
  std::int64_t hits = 1;
  /// A request that does not fit takes what is left.
  bool drain_over_limit = false;
  /// Forgets what the key has used before it counts.
  bool reset_first = false;

  KITH_FIELDS(hits, drain_over_limit, reset_first)
};

/// The answer to one check. Thread-safety: plain value.
struct RateDecision {
  bool admitted = false;
  /// Units that would still be admitted at that time; above `limit` when there is credit.
  std::uint32_t remaining = 0;
  /// How long until as much would be admitted; zero when it was, `Duration::max()` when never.
  Duration retry_after{};
  /// How long until the key is as if never used.
  Duration reset_after{};
  /// The limit that was applied.
  std::uint32_t limit = 0;
  /// The first instant, not before this one, at which the same request would be admitted if nobody
  /// else asked; `Duration::max()`: never. By the limiter's clock: of a `RateLimiter` or a shared
  /// limit the time since 1970.
  Duration reset_at{};
  /// Admitted only because the limit is a shadow.
  bool shadowed = false;
  /// Names a reservation or lease; 0: none.
  std::uint64_t ticket = 0;

  KITH_FIELDS(admitted, remaining, retry_after, reset_after, limit, reset_at, shadowed, ticket)
  friend bool operator==(const RateDecision&, const RateDecision&) = default;
};

}  // namespace kith
