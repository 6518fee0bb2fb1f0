// SPDX-License-Identifier: Apache-2.0
#include "resilience/breaker_options.hpp"

#include <array>
#include <cstddef>
#include <string>

namespace kith {
namespace {

constexpr Duration duration_max = std::chrono::hours(24 * 365 * 100);
constexpr std::uint32_t calls_max = 10'000;
constexpr std::array<std::string_view, 7> states{
    "closed", "open", "half_open", "disabled", "forced_open", "forced_closed", "metrics_only"};
constexpr std::array<std::string_view, 4> policies{"consecutive", "count_window", "time_window",
                                                   "failures_in_time"};

template <typename Enum, std::size_t N>
std::string_view name_of(const std::array<std::string_view, N>& names, Enum value) {
  const auto index = static_cast<std::size_t>(value);
  return index < N ? names[index] : "unknown";
}

template <typename Enum, std::size_t N>
std::optional<Enum> find(const std::array<std::string_view, N>& names, std::string_view name) {
  for (std::size_t i = 0; i < N; ++i) {
    if (names[i] == name) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

bool within(Duration value, Duration low) {
  return value >= low && value <= duration_max;
}
bool within(double value, double low, double high) {
  return value >= low && value <= high;  // false for NaN
}

}  // namespace

std::string_view to_string(BreakerState state) {
  return name_of(states, state);
}
std::optional<BreakerState> breaker_state_from_string(std::string_view name) {
  return find<BreakerState>(states, name);
}
std::string_view to_string(BreakerPolicy policy) {
  return name_of(policies, policy);
}
std::optional<BreakerPolicy> breaker_policy_from_string(std::string_view name) {
  return find<BreakerPolicy>(policies, name);
}

Result<void> validate(const CircuitBreakerOptions& options) {
  struct Rule {
    const char* field;
    bool holds;
    const char* text;
  };
  const auto& o = options;
  const std::array rules{
      Rule{"failure_threshold", o.failure_threshold >= 1, "must be at least 1"},
      Rule{"failure_threshold",
           o.policy != BreakerPolicy::failures_in_time || o.failure_threshold <= calls_max,
           "must be at most 10000 with the policy failures_in_time"},
      Rule{"open_for", within(o.open_for, Duration::zero()), "must be from zero to 100 years"},
      Rule{"half_open_probes", o.half_open_probes >= 1 && o.half_open_probes <= calls_max,
           "must be from 1 to 10000"},
      Rule{"probe_timeout", within(o.probe_timeout, Duration(1)),
           "must be above zero and at most 100 years"},
      Rule{"policy", to_string(o.policy) != "unknown",
           "unknown; choose one of consecutive, count_window, time_window, failures_in_time"},
      Rule{"window_calls", o.window_calls >= 1 && o.window_calls <= calls_max,
           "must be from 1 to 10000"},
      Rule{"window_time", within(o.window_time, Duration(1)),
           "must be above zero and at most 100 years"},
      Rule{"minimum_calls", o.minimum_calls >= 1, "must be at least 1"},
      Rule{"failure_rate", within(o.failure_rate, 0.001, 100),
           "must be above 0 and at most 100 per cent"},
      Rule{"slow_rate", within(o.slow_rate, 0.001, 100),
           "must be above 0 and at most 100 per cent"},
      Rule{"slow_after", within(o.slow_after, Duration::zero()), "must be from zero to 100 years"},
      Rule{"open_backoff", within(o.open_backoff, 1, 1000), "must be from 1 to 1000"},
      Rule{"open_for_max", within(o.open_for_max, Duration::zero()),
           "must be from zero to 100 years"},
      Rule{"open_jitter", within(o.open_jitter, 0, 1), "must be from 0 to 1"},
      Rule{"half_open_for", within(o.half_open_for, Duration::zero()),
           "must be from zero to 100 years"},
      Rule{"after_half_open",
           o.after_half_open == BreakerState::open || o.after_half_open == BreakerState::closed,
           "must be open or closed"},
      Rule{"initial_state", to_string(o.initial_state) != "unknown",
           "unknown state; see BreakerState"},
      Rule{"fault_rate", within(o.fault_rate, 0, 1), "must be from 0 to 1"},
  };
  // Reports the first violated rule.
  for (const Rule& rule : rules) {
    if (!rule.holds)
      return {ErrorCode::invalid_argument, std::string(rule.field) + ": " + rule.text};
  }
  return {};
}

}  // namespace kith
