// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "resilience/limiter_options.hpp"

namespace kith {

/// Describes one counted or limited request, single or of a batch (L-034). Queries (zero hits),
/// failed requests and reservations have no event. Thread-safety: plain value; its strings are
/// valid during the call only.
struct LimitEvent {
  std::string_view name;  ///< of the limit
  std::string_view key;
  std::int64_t hits = 1;  ///< requested
  RateDecision decision;
};

/// Receives an event after each request, on the thread or process that counted it. Exceptions
/// propagate to the caller of the check.
using LimitObserver = std::function<void(const LimitEvent&)>;

}  // namespace kith
