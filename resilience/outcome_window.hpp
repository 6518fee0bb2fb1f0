#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "core/clock.hpp"
#include "core/wire_types.hpp"
#include "resilience/breaker_options.hpp"

namespace kith {

/// How permitted calls ended lately. Thread-safety: plain value.
struct BreakerMetrics {
  std::uint32_t calls = 0;
  std::uint32_t failed = 0;
  std::uint32_t slow = 0;  ///< failed ones too
  std::uint32_t slow_failed = 0;
  Duration total_time{};     ///< that the calls took
  double failure_rate = -1;  ///< per cent; -1 below the minimum of calls
  double slow_rate = -1;     ///< per cent; -1 below the minimum of calls

  KITH_FIELDS(calls, failed, slow, slow_failed, total_time, failure_rate, slow_rate)
  [[nodiscard]] Duration mean_time() const { return calls == 0 ? Duration{} : total_time / calls; }
  friend bool operator==(const BreakerMetrics&, const BreakerMetrics&) = default;
};

/// The results that a breaker's policy looks at. Memory: 16 bytes a call of a count window, 32 a
/// bucket of a time window (101 at most), 8 a failure otherwise. Thread-safety: plain value.
class OutcomeWindow {
 public:
  OutcomeWindow() = default;
  /// Looks at the last `size` calls in place of what the options say (half-open); 0: as they say.
  explicit OutcomeWindow(const CircuitBreakerOptions& options, std::uint32_t size = 0);

  /// Adds a result; `at` does not go back.
  void record(const CircuitBreakerOptions& options, bool failed, Duration took, Duration at);
  /// What counts at `at`.
  [[nodiscard]] BreakerMetrics metrics(const CircuitBreakerOptions& options, Duration at);
  /// Failures in a row (consecutive) or within the time (failures_in_time).
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
