// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "core/clock.hpp"
#include "core/wire_types.hpp"
#include "resilience/breaker_options.hpp"

namespace kith {

/// Summarises the results of recent calls. Thread-safety: plain value.
struct BreakerMetrics {
  std::uint32_t calls = 0;
  std::uint32_t failed = 0;
  std::uint32_t slow = 0;  ///< including failed ones
  std::uint32_t slow_failed = 0;
  Duration total_time{};     ///< sum of the durations
  double failure_rate = -1;  ///< per cent; -1 below the minimum of calls
  double slow_rate = -1;     ///< per cent; -1 below the minimum of calls

  KITH_FIELDS(calls, failed, slow, slow_failed, total_time, failure_rate, slow_rate)
  [[nodiscard]] Duration mean_time() const { return calls == 0 ? Duration{} : total_time / calls; }
  friend bool operator==(const BreakerMetrics&, const BreakerMetrics&) = default;
};

/// Keeps the results that a breaker's policy evaluates. Memory: 16 bytes per call of a count
/// window, 48 per bucket of a time window (at most 101), 8 per failure otherwise. Thread-safety:
/// plain value.
class OutcomeWindow {
 public:
  OutcomeWindow() = default;
  /// A `size` above 0 makes it a count window of the last `size` calls (half-open), whatever the
  /// policy of the options.
  explicit OutcomeWindow(const CircuitBreakerOptions& options, std::uint32_t size = 0);

  /// Adds a result; `at` must not decrease.
  void record(const CircuitBreakerOptions& options, bool failed, Duration took, Duration at);
  /// Returns the sums and rates as of `at`.
  [[nodiscard]] BreakerMetrics metrics(const CircuitBreakerOptions& options, Duration at);
  /// Returns the failures in a row (consecutive) or within the time window (failures_in_time).
  [[nodiscard]] std::uint32_t failures(const CircuitBreakerOptions& options, Duration at);

 private:
  struct Call {
    Duration took{};
    bool failed = false;
    bool slow = false;
  };
  struct Bucket {
    std::int64_t number = 0;
    BreakerMetrics sum;
  };
  static void add(BreakerMetrics& sum, const Call& call);
  static void subtract(BreakerMetrics& sum, const BreakerMetrics& gone);
  void forget_before(const CircuitBreakerOptions& options, Duration at);

  std::uint32_t size_ = 0;  // calls of a count window; 0: another policy
  std::uint32_t minimum_ = 0;
  BreakerMetrics sum_;
  std::vector<Call> calls_;  // a ring
  std::uint32_t next_ = 0;
  std::deque<Bucket> buckets_;
  std::deque<Duration> failed_at_;
  std::uint32_t in_a_row_ = 0;
};

}  // namespace kith
