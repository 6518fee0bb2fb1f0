// SPDX-License-Identifier: Apache-2.0
#include "node/shared_values.hpp"

#include <cstdint>

#include "node/cluster_view.hpp"
#include "node/node.hpp"

namespace kith::node {

std::string member_name(Node& node, BootId boot) {
  return node.view().name_of(boot).value_or("unknown");
}

Value definition_value(const RateLimiterOptions& options) {
  return Value::map({{"limit", options.limit},
                     {"window_ns", options.window.count()},
                     {"algorithm", std::string(to_string(options.algorithm))},
                     {"burst", options.burst},
                     {"calendar", std::string(to_string(options.calendar))},
                     {"shadow", options.shadow}});
}

Value definition_value(const CircuitBreakerOptions& options) {
  return Value::map({{"policy", std::string(to_string(options.policy))},
                     {"failure_threshold", options.failure_threshold},
                     {"open_for_ns", options.open_for.count()},
                     {"open_backoff", options.open_backoff},
                     {"open_for_max_ns", options.open_for_max.count()},
                     {"open_jitter", options.open_jitter},
                     {"half_open_probes", options.half_open_probes},
                     {"half_open_successes", options.half_open_successes},
                     {"half_open_failures", options.half_open_failures},
                     {"half_open_for_ns", options.half_open_for.count()},
                     {"after_half_open", std::string(to_string(options.after_half_open))},
                     {"automatic_half_open", options.automatic_half_open},
                     {"close_without_probes", options.close_without_probes},
                     {"probe_timeout_ns", options.probe_timeout.count()},
                     {"window_calls", options.window_calls},
                     {"window_time_ns", options.window_time.count()},
                     {"minimum_calls", options.minimum_calls},
                     {"failure_rate", options.failure_rate},
                     {"slow_rate", options.slow_rate},
                     {"slow_after_ns", options.slow_after.count()},
                     {"initial_state", std::string(to_string(options.initial_state))},
                     {"fault_rate", options.fault_rate}});
}

Value breaker_value(Node& node, const resilience::BreakerEntry& entry) {
  const resilience::BreakerStatus& status = entry.status;
  const auto owner = node.view().primary(cluster::Service::breakers, entry.name);
  const auto partition = cluster::PartitionMap::partition_of(entry.name);
  const auto number = [](std::uint64_t n) { return Value(static_cast<std::int64_t>(n)); };
  return Value::map({{"name", entry.name},
                     {"state", std::string(to_string(status.state))},
                     {"since_ns", entry.since.count()},
                     {"failures", status.consecutive_failures},
                     {"requests", number(status.counters.requests)},
                     {"successes", number(status.counters.successes)},
                     {"failed", number(status.counters.failures)},
                     {"refused", number(status.counters.refused)},
                     {"calls", status.metrics.calls},
                     {"calls_failed", status.metrics.failed},
                     {"calls_slow", status.metrics.slow},
                     {"failure_rate", status.metrics.failure_rate},
                     {"slow_rate", status.metrics.slow_rate},
                     {"permitted", entry.permitted},
                     {"retry_after_ns", entry.retry_after.count()},
                     {"definition", definition_value(entry.options)},
                     {"defined_at_ns", entry.defined_at.count()},
                     {"partition", number(partition)},
                     {"node", owner ? member_name(node, owner->node) : "unknown"}});
}

}  // namespace kith::node
