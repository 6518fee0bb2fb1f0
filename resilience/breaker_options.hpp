#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/clock.hpp"
#include "core/result.hpp"
#include "core/wire_types.hpp"

namespace kith {

/// Where a breaker stands.
enum class BreakerState : std::uint8_t {
  closed,         ///< requests pass; their results decide whether it opens
  open,           ///< requests are refused until its time is over
  half_open,      ///< a few probes pass and decide
  disabled,       ///< by hand: requests pass and are counted; nothing is decided or told
  forced_open,    ///< by hand: requests are refused until somebody changes it
  forced_closed,  ///< by hand: requests pass and are recorded; it never opens
  metrics_only,   ///< as forced_closed, and tells once when a rate is exceeded
};

/// The state's stable name, e.g. "half_open".
[[nodiscard]] std::string_view to_string(BreakerState state);
/// The state with that name, if there is one.
[[nodiscard]] std::optional<BreakerState> breaker_state_from_string(std::string_view name);

/// Which results decide.
enum class BreakerPolicy : std::uint8_t {
  consecutive,       ///< `failure_threshold` failures in a row
  count_window,      ///< rates over the last `window_calls` calls
  time_window,       ///< rates over the last `window_time`
  failures_in_time,  ///< `failure_threshold` failures within `window_time` (fuse's melts)
};

/// The policy's stable name, e.g. "count_window".
[[nodiscard]] std::string_view to_string(BreakerPolicy policy);
/// The policy with that name, if there is one.
[[nodiscard]] std::optional<BreakerPolicy> breaker_policy_from_string(std::string_view name);

/// When a breaker opens and how it heals. Rates are per cent. Thread-safety: plain value.
struct CircuitBreakerOptions {
  /// Failures that open it (consecutive, failures_in_time): at least 1.
  std::uint32_t failure_threshold = 5;
  /// How long it refuses before it lets a probe pass; zero means that the next request is a probe.
  Duration open_for = std::chrono::seconds(60);
  /// Probes in flight in half-open at most, and, unless told otherwise below, how many decide.
  std::uint32_t half_open_probes = 1;
  /// A probe without a result for so long is given up: its place goes to the next request, its
  /// result no longer counts.
  Duration probe_timeout = std::chrono::seconds(60);
  BreakerPolicy policy = BreakerPolicy::consecutive;
  /// Calls that a count window remembers: 1 to 10,000.
  std::uint32_t window_calls = 100;
  /// What a time window looks back over, in buckets of a second (a hundredth of it when it is
  /// longer than 100 s, a tenth when shorter than a second); rounded up to whole ones.
  Duration window_time = std::chrono::seconds(60);
  /// Below so many calls there are no rates; a count window's own size when that is less.
  std::uint32_t minimum_calls = 100;
  /// Opens at this rate of failures or above.
  double failure_rate = 50;
  /// Opens at this rate of slow calls or above.
  double slow_rate = 100;
  /// A call is slow when it took longer; zero: none is.
  Duration slow_after{};
  /// Each time that it opens again without having closed it is open so many times longer.
  double open_backoff = 1;
  /// Longest time with back-off.
  Duration open_for_max = std::chrono::hours(1);
  /// The time is drawn from [1 - jitter, 1 + jitter] times it: 0 to 1.
  double open_jitter = 0;
  /// Becomes half-open by itself (see `next_deadline`) and not with the next request.
  bool automatic_half_open = false;
  /// Closes when its time is over, without probes (fuse).
  bool close_without_probes = false;
  /// Successes in half-open that close it, and failures that open it. Zero: with rates, the rates
  /// of `half_open_probes` results; else all probes must succeed.
  std::uint32_t half_open_successes = 0;
  std::uint32_t half_open_failures = 0;
  /// Longest stay in half-open; zero: no limit.
  Duration half_open_for{};
  /// What comes after it: open or closed.
  BreakerState after_half_open = BreakerState::open;
  BreakerState initial_state = BreakerState::closed;
  /// Refuses this part of requests while closed, to try out what refusals do: 0 to 1.
  double fault_rate = 0;

  KITH_FIELDS(failure_threshold, open_for, half_open_probes, probe_timeout, policy, window_calls,
              window_time, minimum_calls, failure_rate, slow_rate, slow_after, open_backoff,
              open_for_max, open_jitter, automatic_half_open, close_without_probes,
              half_open_successes, half_open_failures, half_open_for, after_half_open,
              initial_state, fault_rate)
  friend bool operator==(const CircuitBreakerOptions&, const CircuitBreakerOptions&) = default;

  /// Whether rates decide.
  [[nodiscard]] bool has_rates() const {
    return policy == BreakerPolicy::count_window || policy == BreakerPolicy::time_window;
  }
};

/// Success, or `invalid_argument` with the option that is out of range. Options that come from
/// outside must pass here before a machine is made of them.
[[nodiscard]] Result<void> validate(const CircuitBreakerOptions& options);

}  // namespace kith
