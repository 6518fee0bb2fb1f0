// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "core/clock.hpp"
#include "core/wire_types.hpp"
#include "resilience/breaker_machine.hpp"

namespace kith::resilience {

/// Reports state, counters and rates of a shared breaker. Thread-safety: plain value.
struct BreakerStatus {
  BreakerState state = BreakerState::closed;
  std::uint32_t consecutive_failures = 0;
  BreakerCounters counters;
  BreakerMetrics metrics;
  /// In the answer to a result: whether it counted. It does not if its permit is no longer valid,
  /// for example because the breaker has changed its state since.
  bool counted = false;
  KITH_FIELDS(state, consecutive_failures, counters, metrics, counted)
};

/// Describes a breaker as stored at its primary. Thread-safety: plain value.
struct BreakerEntry {
  std::string name;
  CircuitBreakerOptions options;
  Duration defined_at{};  ///< since 1970
  Duration since{};       ///< since 1970: when it entered its state
  BreakerStatus status{};
  /// Whether a request would be permitted now.
  bool permitted = false;
  Duration retry_after{};  ///< if refused, as in `BreakerAdmission`
  KITH_FIELDS(name, options, defined_at, since, status, permitted, retry_after)
};

/// Describes a state change of a shared breaker at its primary. Thread-safety: plain value; `name`
/// is valid during the call only.
struct BreakerChange {
  std::string_view name;
  BreakerState from = BreakerState::closed;
  BreakerState to = BreakerState::closed;
};
using BreakerObserver = std::function<void(const BreakerChange&)>;

}  // namespace kith::resilience
