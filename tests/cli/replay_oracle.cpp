// SPDX-License-Identifier: Apache-2.0
#include "tests/cli/replay_oracle.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <string>

namespace kith::replay {
namespace {

/// The newest time so far; an older time counts at it.
struct OwnTime {
  Duration newest = Duration::min();
  Duration at(Duration stamp) { return newest = std::max(newest, stamp); }
};

struct OracleKey {
  OwnTime time;
  std::vector<Duration> admitted;
  KeyReport report;
};

bool admit(OracleKey& key, const RateLimiterOptions& options, Duration stamp) {
  const Duration now = key.time.at(stamp);
  ++key.report.requests;
  std::uint64_t in_window = 0;
  for (const Duration at : key.admitted) in_window += at > now - options.window && at <= now;
  if (in_window >= options.limit) {
    ++key.report.limited;
    return false;
  }
  key.admitted.push_back(now);
  ++key.report.admitted;
  return true;
}

struct OracleBreaker {
  OwnTime time;
  std::optional<Duration> opened;
  std::uint64_t failures_in_a_row = 0;
  BreakerReport report;
};

void pass(OracleBreaker& breaker, const CircuitBreakerOptions& options, Duration stamp,
          bool failed) {
  const Duration now = breaker.time.at(stamp);
  BreakerReport& report = breaker.report;
  ++report.requests;
  if (breaker.opened && now < *breaker.opened + options.open_for) {
    ++report.refused;
    return;
  }
  report.failures += failed ? 1 : 0;
  if (breaker.opened) {
    report.transitions.push_back({now, BreakerState::half_open});
    report.transitions.push_back({now, failed ? BreakerState::open : BreakerState::closed});
    breaker.opened = failed ? std::optional(now) : std::nullopt;
    breaker.failures_in_a_row = 0;
    return;
  }
  breaker.failures_in_a_row = failed ? breaker.failures_in_a_row + 1 : 0;
  if (breaker.failures_in_a_row < options.failure_threshold) return;
  breaker.opened = now;
  report.transitions.push_back({now, BreakerState::open});
}

}  // namespace

ReplayReport oracle(const ReplayOptions& options, const std::vector<LogLine>& lines) {
  std::map<std::string, OracleKey> keys;
  std::map<std::string, OracleBreaker> breakers;
  ReplayReport report;
  report.requests = lines.size();
  report.by = options.by;
  report.limiter = options.limiter;
  for (const LogLine& line : lines) {
    const std::string& name = key_of(options, line);
    const bool admitted = admit(keys[name], options.limiter, line.at);
    ++(admitted ? report.admitted : report.limited);
    if (!admitted || !options.breaker) continue;
    pass(breakers[breaker_name(line.path)], *options.breaker, line.at,
         is_failure(options, line.status));
  }
  for (auto& [name, key] : keys) {
    key.report.key = name;
    report.keys.push_back(key.report);
  }
  for (auto& [name, breaker] : breakers) {
    breaker.report.name = name;
    report.breakers.push_back(breaker.report);
  }
  std::ranges::stable_sort(report.keys, std::greater<>(), &KeyReport::limited);
  return report;
}

}  // namespace kith::replay
