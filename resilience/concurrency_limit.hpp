// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>

#include "core/clock.hpp"
#include "resilience/limiter_options.hpp"
#include "resilience/limiter_state.hpp"
#include "resilience/limiter_time.hpp"

namespace kith::limiting {

/// Limits the open leases of one key. Its only state is the time, because `LimiterMachine` keeps
/// leases as holds for all algorithms. Thread-safety: plain value.
class ConcurrencyLimit {
 public:
  Duration advance(const RateLimiterOptions&, Duration at) {
    return newest_ = std::max(newest_, at);
  }
  [[nodiscard]] std::int64_t room(const RateLimiterOptions& options) const { return options.limit; }
  void take(const RateLimiterOptions&, std::int64_t) {}
  [[nodiscard]] Duration wait_for(const RateLimiterOptions&, std::int64_t) const {
    return Duration::max();  // room appears only when a lease ends, which the machine knows
  }
  [[nodiscard]] Duration reset_after(const RateLimiterOptions&) const { return Duration::zero(); }
  void change(const RateLimiterOptions&, const RateLimiterOptions&) {}
  [[nodiscard]] Duration newest() const { return newest_; }
  void move(Duration by, const RateLimiterOptions&) { newest_ = moved(newest_, by); }
  void save(LimiterState& state) const { state.newest = newest_; }
  [[nodiscard]] bool restore(const RateLimiterOptions&, const LimiterState& state) {
    newest_ = state.newest;
    return true;
  }
  [[nodiscard]] std::size_t heap_bytes() const { return 0; }

 private:
  Duration newest_ = Duration::min();
};

}  // namespace kith::limiting
