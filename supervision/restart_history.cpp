// SPDX-License-Identifier: Apache-2.0
#include "supervision/restart_history.hpp"

#include <algorithm>
#include <chrono>

namespace kith::detail {

Duration RestartHistory::wait(const ChildSpec& spec, TimePoint now) {
  if (!spec.backoff) return Duration::zero();
  const Duration delay = backoff_delay(*spec.backoff, ++in_a_row_, spec.id);
  next_attempt_ = deadline_after(now, delay);
  return delay;
}

void RestartHistory::describe(ChildInfo& info, TimePoint now) const {
  info.restarts = restarts_;
  if (!next_attempt_) return;
  const Duration left = std::max(*next_attempt_ - now, Duration::zero());
  info.next_attempt_ms = std::chrono::duration_cast<std::chrono::milliseconds>(left).count();
}

}  // namespace kith::detail
