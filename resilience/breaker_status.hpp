#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "core/clock.hpp"
#include "core/wire_types.hpp"
#include "resilience/breaker_machine.hpp"

namespace kith::resilience {

/// Where a shared breaker stands. Thread-safety: plain value.
struct BreakerStatus {
  BreakerState state = BreakerState::closed;
  std::uint32_t consecutive_failures = 0;
  BreakerCounters counters;
  BreakerMetrics metrics;
  /// Of a result that was brought: whether it counted. It does not when its permit is not out, for
  /// instance because the breaker has changed its state since.
  bool counted = false;
  KITH_FIELDS(state, consecutive_failures, counters, metrics, counted)
};

/// A breaker as its node keeps it. Thread-safety: plain value.
struct BreakerEntry {
  std::string name;
  CircuitBreakerOptions options;
  Duration defined_at{};  ///< since 1970
  Duration since{};       ///< since 1970: when it came into its state
  BreakerStatus status{};
  /// What a request would be answered now.
  bool permitted = false;
  Duration retry_after{};  ///< of a refusal, as in `BreakerAdmission`
  KITH_FIELDS(name, options, defined_at, since, status, permitted, retry_after)
};

/// A change of state of a shared breaker, told where it is decided. Thread-safety: plain value; its
/// text lasts as long as the call.
struct BreakerChange {
  std::string_view name;
  BreakerState from = BreakerState::closed;
  BreakerState to = BreakerState::closed;
};
using BreakerObserver = std::function<void(const BreakerChange&)>;

}  // namespace kith::resilience
