// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "core/clock.hpp"
#include "supervision/child_spec.hpp"

namespace kith::detail {

/// Tracks a child's restarts and, while its back-off is running, the time of the next attempt.
/// Invariant: `in_a_row_` counts attempts since the child last ran for `Backoff::max`; it selects
/// the delay. Thread-safety: plain value.
class RestartHistory {
 public:
  void note_start(TimePoint now) { started_at_ = now; }
  void note_restart() { ++restarts_; }
  /// Resets the back-off if the child ran for at least `Backoff::max`.
  void note_end(const ChildSpec& spec, TimePoint now) {
    if (spec.backoff && now - started_at_ >= spec.backoff->max) in_a_row_ = 0;
  }
  /// Schedules the next attempt and returns the delay until then; 0 without a back-off.
  Duration wait(const ChildSpec& spec, TimePoint now);
  /// Returns true until the next attempt is due.
  [[nodiscard]] bool is_waiting(TimePoint now) const {
    return next_attempt_ && now < *next_attempt_;
  }
  void stop_waiting() { next_attempt_.reset(); }
  /// Writes the restart count and the time left of the back-off to `info`.
  void describe(ChildInfo& info, TimePoint now) const;

 private:
  std::uint64_t restarts_ = 0;
  std::uint64_t in_a_row_ = 0;
  TimePoint started_at_;
  std::optional<TimePoint> next_attempt_;
};

}  // namespace kith::detail
