// SPDX-License-Identifier: Apache-2.0
#include "resilience/outcome_window.hpp"

#include <algorithm>

#include "resilience/limiter_time.hpp"

namespace kith {
namespace {

constexpr std::int64_t buckets_max = 100;

Duration bucket_length(Duration window) {
  constexpr Duration second = std::chrono::seconds(1);
  if (window < second) return std::max(window / 10, Duration(1));
  return std::max(second, window / buckets_max);
}

std::int64_t floor_divide(Duration at, Duration length) {
  return at / length - (at % length < Duration::zero() ? 1 : 0);
}

double rate(std::uint32_t part, std::uint32_t all) {
  return 100.0 * part / all;
}

}  // namespace

OutcomeWindow::OutcomeWindow(const CircuitBreakerOptions& options, std::uint32_t size)
    : size_(size), minimum_(size == 0 ? options.minimum_calls : size) {
  if (size_ == 0 && options.policy == BreakerPolicy::count_window) {
    size_ = options.window_calls;
    minimum_ = std::min(minimum_, size_);
  }
}

void OutcomeWindow::record(const CircuitBreakerOptions& options, bool failed, Duration took,
                           Duration at) {
  const bool slow = options.slow_after > Duration::zero() && took > options.slow_after;
  const Call call{took, failed, slow};
  if (size_ > 0) {
    if (calls_.size() < size_) {
      calls_.push_back(call);
    } else {
      BreakerMetrics gone;
      add(gone, calls_[next_]);
      subtract(sum_, gone);
      calls_[next_] = call;
      next_ = (next_ + 1) % size_;
    }
    add(sum_, call);
    return;
  }
  switch (options.policy) {
    case BreakerPolicy::consecutive:
    case BreakerPolicy::count_window:
      in_a_row_ = failed ? in_a_row_ + 1 : 0;
      return;
    case BreakerPolicy::failures_in_time:
      if (!failed) return;
      failed_at_.push_back(at);
      if (failed_at_.size() > options.failure_threshold) failed_at_.pop_front();
      return;
    case BreakerPolicy::time_window:
      break;
  }
  forget_before(options, at);
  const std::int64_t number = floor_divide(at, bucket_length(options.window_time));
  if (buckets_.empty() || buckets_.back().number != number) buckets_.push_back({number, {}});
  add(buckets_.back().sum, call);
  add(sum_, call);
}

BreakerMetrics OutcomeWindow::metrics(const CircuitBreakerOptions& options, Duration at) {
  if (size_ == 0 && options.policy == BreakerPolicy::time_window) forget_before(options, at);
  BreakerMetrics result = sum_;
  if (result.calls > 0 && result.calls >= minimum_) {
    result.failure_rate = rate(result.failed, result.calls);
    result.slow_rate = rate(result.slow, result.calls);
  }
  return result;
}

std::uint32_t OutcomeWindow::failures(const CircuitBreakerOptions& options, Duration at) {
  if (options.policy != BreakerPolicy::failures_in_time) return in_a_row_;
  const std::uint64_t window = limiting::nanoseconds(options.window_time);
  while (!failed_at_.empty() && limiting::elapsed(failed_at_.front(), at) >= window) {
    failed_at_.pop_front();
  }
  return static_cast<std::uint32_t>(failed_at_.size());
}

void OutcomeWindow::add(BreakerMetrics& sum, const Call& call) {
  ++sum.calls;
  sum.failed += call.failed ? 1 : 0;
  sum.slow += call.slow ? 1 : 0;
  sum.slow_failed += call.slow && call.failed ? 1 : 0;
  sum.total_time += call.took;
}

void OutcomeWindow::subtract(BreakerMetrics& sum, const BreakerMetrics& gone) {
  sum.calls -= gone.calls;
  sum.failed -= gone.failed;
  sum.slow -= gone.slow;
  sum.slow_failed -= gone.slow_failed;
  sum.total_time -= gone.total_time;
}

void OutcomeWindow::forget_before(const CircuitBreakerOptions& options, Duration at) {
  const Duration length = bucket_length(options.window_time);
  const std::int64_t seen = (options.window_time + length - Duration(1)) / length;
  const std::int64_t oldest = floor_divide(at, length) - seen + 1;
  while (!buckets_.empty() && buckets_.front().number < oldest) {
    subtract(sum_, buckets_.front().sum);
    buckets_.pop_front();
  }
}

}  // namespace kith
