// SPDX-License-Identifier: Apache-2.0
#include "cli/breaker_fields.hpp"

#include <string>

namespace kith::cli {

ValueMap breaker_fields(const CircuitBreakerOptions& options) {
  return {{"policy", std::string(to_string(options.policy))},
          {"failure_threshold", options.failure_threshold},
          {"open_for_ns", options.open_for.count()},
          {"half_open_probes", options.half_open_probes},
          {"window_calls", options.window_calls},
          {"window_time_ns", options.window_time.count()},
          {"minimum_calls", options.minimum_calls},
          {"failure_rate", options.failure_rate},
          {"open_backoff", options.open_backoff}};
}

}  // namespace kith::cli
