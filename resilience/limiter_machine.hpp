#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/clock.hpp"
#include "core/result.hpp"
#include "core/wire_types.hpp"

/// Rate limits as plain values: no clock, no lock. `at` is always the time since an epoch of the
/// caller's choice. A key keeps its own newest time: a request older than it counts at that time.
namespace kith {

/// How a limit counts.
enum class LimiterAlgorithm : std::uint8_t {
  sliding_log,   ///< exact: never more than `limit` in any window; remembers each admitted request
  token_bucket,  ///< smooth: `limit` per window flow into a bucket of `burst`; constant memory
};

/// The algorithm's stable name, e.g. "sliding_log".
[[nodiscard]] std::string_view to_string(LimiterAlgorithm algorithm);
/// The algorithm with that name, if there is one.
[[nodiscard]] std::optional<LimiterAlgorithm> limiter_algorithm_from_string(std::string_view name);

/// Most units a limit may count to; a sliding log remembers up to this many times per key.
inline constexpr std::uint32_t limiter_limit_max = 10'000'000;
/// Longest window: a hundred years, far from the edges of 64-bit nanoseconds.
inline constexpr Duration limiter_window_max = std::chrono::hours(24 * 365 * 100);
/// Keys one limiter remembers before new ones are refused as `overloaded`.
inline constexpr std::size_t limiter_keys_max = 1U << 23U;

/// What a rate limit allows. Thread-safety: plain value.
struct RateLimiterOptions {
  /// Units admitted per window; 0 admits nothing.
  std::uint32_t limit = 100;
  /// Length of the window, (at - window, at]: more than zero.
  Duration window = std::chrono::seconds(60);
  LimiterAlgorithm algorithm = LimiterAlgorithm::sliding_log;
  /// Size of the token bucket; 0 means `limit`. The sliding log has no use for it.
  std::uint32_t burst = 0;

  KITH_FIELDS(limit, window, algorithm, burst)
  friend bool operator==(const RateLimiterOptions&, const RateLimiterOptions&) = default;
};

/// Success, or `invalid_argument` with the option that is out of range. Options that come from
/// outside must pass here before a machine is made of them.
[[nodiscard]] Result<void> validate(const RateLimiterOptions& options);

/// The answer to one check. Thread-safety: plain value.
struct RateDecision {
  bool admitted = false;
  /// Units that would still be admitted at that time.
  std::uint32_t remaining = 0;
  /// How long until as much would be admitted; zero when it was, `Duration::max()` when never.
  Duration retry_after{};
  /// How long until the key is as if never used.
  Duration reset_after{};

  KITH_FIELDS(admitted, remaining, retry_after, reset_after)
  friend bool operator==(const RateDecision&, const RateDecision&) = default;
};

/// The exact limiter of one key: `cost` units are admitted when, with them, at most `limit` were
/// admitted in (at - window, at]. What is refused does not count. Memory: one entry for each
/// different time in the window, at most `limit`. Thread-safety: plain value.
class SlidingLog {
 public:
  /// Counts `cost` units at `at` if they fit; cost 0 only asks and is always admitted.
  RateDecision check(const RateLimiterOptions& options, std::uint32_t cost, Duration at);
  /// True when at `at` and ever after it decides as a new one would.
  [[nodiscard]] bool idle(const RateLimiterOptions& options, Duration at) const;

 private:
  struct Entry {
    Duration at;
    std::uint32_t units;
  };
  void forget_before_window(Duration window);
  void remember(std::uint32_t cost);
  [[nodiscard]] Duration wait_for(const RateLimiterOptions& options, std::uint32_t cost) const;

  std::vector<Entry> entries_;  // oldest first, from first_
  std::size_t first_ = 0;
  std::uint32_t units_ = 0;  // sum over the entries from first_
  Duration newest_ = Duration::min();
};

/// The token bucket of one key: full at first, `cost` tokens are taken when they are there, `limit`
/// per window flow in, never above `burst`. Exact in integers. Thread-safety: plain value.
class TokenBucket {
 public:
  /// Takes `cost` tokens at `at` if they are there; cost 0 only asks and is always admitted.
  RateDecision check(const RateLimiterOptions& options, std::uint32_t cost, Duration at);
  /// True when at `at` and ever after it decides as a new one would.
  [[nodiscard]] bool idle(const RateLimiterOptions& options, Duration at) const;

 private:
  void refill(const RateLimiterOptions& options, Duration at);

  bool used_ = false;
  std::uint32_t tokens_ = 0;
  std::uint64_t part_ = 0;  // of the next token, in nanoseconds of window / limit
  Duration newest_ = Duration::min();
};

/// One named limit for many keys. Keys never influence each other. Iterates in the order of keys.
/// Thread-safety: plain value.
class KeyedLimiter {
 public:
  /// `options` must have passed `validate`.
  explicit KeyedLimiter(RateLimiterOptions options) : options_(options) {}

  /// Counts `cost` units for `key` at `at` if they fit. The key is any bytes, also none.
  /// Errors: `invalid_argument` when it is longer than `limits::key_size_bytes_max`, `overloaded`
  /// when `limiter_keys_max` keys are remembered and this is a new one.
  [[nodiscard]] Result<RateDecision> check(std::string_view key, std::uint32_t cost, Duration at);
  /// The same for one unit.
  [[nodiscard]] Result<RateDecision> check(std::string_view key, Duration at) {
    return check(key, 1, at);
  }
  /// Looks at up to `keys_max` further keys, round and round, and forgets those that are idle at
  /// `at`. Changes no decision as long as no later request is older than `at`: right with a clock,
  /// wrong for time stamps from a log that is not in order. Returns how many it forgot.
  std::size_t forget_idle(Duration at, std::size_t keys_max);
  /// Forgets what `key` has used. Returns whether it was known.
  bool reset(std::string_view key);
  /// Number of keys it remembers.
  [[nodiscard]] std::size_t size() const { return keys_.size(); }
  [[nodiscard]] const RateLimiterOptions& options() const { return options_; }

 private:
  using Machine = std::variant<SlidingLog, TokenBucket>;
  [[nodiscard]] Machine fresh() const;

  RateLimiterOptions options_;
  std::map<std::string, Machine, std::less<>> keys_;
  std::string swept_;  // where forget_idle goes on
};

}  // namespace kith
