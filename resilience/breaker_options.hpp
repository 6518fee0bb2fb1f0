// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/clock.hpp"
#include "core/result.hpp"
#include "core/wire_types.hpp"

namespace kith {

/// Names the state of a breaker. Only `force`, `reset` and `open_for` end the last four.
enum class BreakerState : std::uint8_t {
  closed,         ///< requests pass; their results decide whether it opens
  open,           ///< requests are refused until its open time is over
  half_open,      ///< a few probes pass and decide
  disabled,       ///< requests pass and are counted; no transitions, no events
  forced_open,    ///< requests are refused until an operator changes the state
  forced_closed,  ///< requests pass and are recorded; it never opens
  metrics_only,   ///< as forced_closed, with one event when a rate is exceeded
};

/// Returns the state's stable name, e.g. "half_open".
[[nodiscard]] std::string_view to_string(BreakerState state);
/// Returns the state with this name, or nullopt.
[[nodiscard]] std::optional<BreakerState> breaker_state_from_string(std::string_view name);

/// Selects which results open a breaker.
enum class BreakerPolicy : std::uint8_t {
  consecutive,       ///< `failure_threshold` failures in a row
  count_window,      ///< rates over the last `window_calls` calls
  time_window,       ///< rates over the last `window_time`
  failures_in_time,  ///< `failure_threshold` failures within `window_time` (fuse's melts)
};

/// Returns the policy's stable name, e.g. "count_window".
[[nodiscard]] std::string_view to_string(BreakerPolicy policy);
/// Returns the policy with this name, or nullopt.
[[nodiscard]] std::optional<BreakerPolicy> breaker_policy_from_string(std::string_view name);

/// Configures when a breaker opens and how it closes again. Rates are per cent. Thread-safety:
/// plain value.
struct CircuitBreakerOptions {
  /// Failures that open it (consecutive, failures_in_time): at least 1. Higher tolerates more
  /// isolated failures, but sends more requests to a service that is down.
  std::uint32_t failure_threshold = 5;
  /// Time open before a probe passes; zero makes the next request a probe. Higher spares the
  /// service longer, but also refuses longer after it has recovered.
  Duration open_for = std::chrono::seconds(60);
  /// Maximum probes in flight while half-open; also the number of results that decide, unless the
  /// thresholds below are set. Higher decides on more evidence at the price of more load.
  std::uint32_t half_open_probes = 1;
  /// Frees the slot of a probe without a result after this time; a later result is ignored. Higher
  /// waits longer for slow probes, and keeps refusing longer after a probe was lost.
  Duration probe_timeout = std::chrono::seconds(60);
  BreakerPolicy policy = BreakerPolicy::consecutive;
  /// Calls in a count window: 1 to 10,000, 16 bytes each. Higher reacts more slowly.
  std::uint32_t window_calls = 100;
  /// Length of a time window, rounded up to whole buckets. A bucket is one second, a hundredth of
  /// a window above 100 s, or a tenth of one below a second. Higher reacts more slowly.
  Duration window_time = std::chrono::seconds(60);
  /// Calls required before rates are evaluated; at most `window_calls` in a count window. Higher
  /// avoids decisions on few calls, but reacts later at low traffic.
  std::uint32_t minimum_calls = 100;
  /// Opens at this rate of failures or above. Higher tolerates more failures.
  double failure_rate = 50;
  /// Opens at this rate of slow calls or above. Higher tolerates more slow calls.
  double slow_rate = 100;
  /// Calls that take longer are slow; zero: no call is slow.
  Duration slow_after{};
  /// Multiplier on `open_for` for consecutive re-opens. Higher spares a service that stays down,
  /// but notices its recovery later.
  double open_backoff = 1;
  /// Upper bound of the open time with back-off.
  Duration open_for_max = std::chrono::hours(1);
  /// Randomises the open time by a factor from [1 - jitter, 1 + jitter]: 0 to 1. Higher spreads the
  /// probes of many breakers more.
  double open_jitter = 0;
  /// Becomes half-open on a timer (see `next_deadline`) instead of with the next request.
  bool automatic_half_open = false;
  /// Closes after the open time, without probes (fuse).
  bool close_without_probes = false;
  /// Successes in half-open that close it, and failures that open it. In place of a zero the first
  /// `half_open_probes` results decide: by their rates, or all must succeed without a rate policy.
  std::uint32_t half_open_successes = 0;
  std::uint32_t half_open_failures = 0;
  /// Maximum time in half-open without a decision; zero: unlimited.
  Duration half_open_for{};
  /// State after `half_open_for`: open or closed.
  BreakerState after_half_open = BreakerState::open;
  BreakerState initial_state = BreakerState::closed;
  /// Refuses this fraction of requests while closed, for fault injection: 0 to 1.
  double fault_rate = 0;

  KITH_FIELDS(failure_threshold, open_for, half_open_probes, probe_timeout, policy, window_calls,
              window_time, minimum_calls, failure_rate, slow_rate, slow_after, open_backoff,
              open_for_max, open_jitter, automatic_half_open, close_without_probes,
              half_open_successes, half_open_failures, half_open_for, after_half_open,
              initial_state, fault_rate)
  friend bool operator==(const CircuitBreakerOptions&, const CircuitBreakerOptions&) = default;

  /// Returns whether the policy evaluates rates.
  [[nodiscard]] bool has_rates() const {
    return policy == BreakerPolicy::count_window || policy == BreakerPolicy::time_window;
  }
};

/// Returns success, or `invalid_argument` naming the option that is out of range. Check untrusted
/// options with it before constructing a machine from them.
[[nodiscard]] Result<void> validate(const CircuitBreakerOptions& options);

}  // namespace kith
