#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "resilience/limiter_options.hpp"

namespace kith {

/// A request that hit a limit: one event for each, admitted or not, however it came (L-034). There
/// is none for a query (zero hits), for a request that failed, nor for reservations.
/// Thread-safety: plain value; its texts last as long as the call.
struct LimitEvent {
  std::string_view name;  ///< of the limit
  std::string_view key;
  std::int64_t hits = 1;  ///< that were asked for
  RateDecision decision;
};

/// Is told of hits. It runs where they are counted, after they were; what it throws goes to whoever
/// asked.
using LimitObserver = std::function<void(const LimitEvent&)>;

}  // namespace kith
