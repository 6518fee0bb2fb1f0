#pragma once

#include <cstdint>
#include <optional>

#include "core/clock.hpp"
#include "supervision/child_spec.hpp"

namespace kith::detail {

/// What a supervisor remembers of a child's restarts: how many, and when the next attempt is due
/// while its back-off lasts. Thread-safety: plain value.
class RestartHistory {
 public:
  void note_start(TimePoint now) { started_at_ = now; }
  void note_restart() { ++restarts_; }
  /// A child that ran for long begins its back-off anew.
  void note_end(const ChildSpec& spec, TimePoint now) {
    if (spec.backoff && now - started_at_ >= spec.backoff->max) in_a_row_ = 0;
  }
  /// How long to wait before the next attempt, which is due then.
  Duration wait(const ChildSpec& spec, TimePoint now);
  /// True while its next attempt is not due.
  [[nodiscard]] bool is_waiting(TimePoint now) const {
    return next_attempt_ && now < *next_attempt_;
  }
  void stop_waiting() { next_attempt_.reset(); }
  /// Fills in what people see.
  void describe(ChildInfo& info, TimePoint now) const;

 private:
  std::uint64_t restarts_ = 0;
  std::uint64_t in_a_row_ = 0;  // attempts since it ran for long
  TimePoint started_at_;
  std::optional<TimePoint> next_attempt_;
};

}  // namespace kith::detail
