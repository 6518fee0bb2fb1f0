// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/clock.hpp"

namespace kith::cluster {

/// Detects that this node receives nothing: probably it is cut off itself. It must then not accuse
/// members or let suspicions expire, and neither for some intervals after it receives again.
/// Source: docs/cluster-protocol.md#quiet-line-and-own-stall (2.5, 2 and 3 probe intervals).
/// Thread-safety: none; plain value.
class QuietLine {
 public:
  /// Begins as not silent at `now`; the rule gives up after `isolation_max` of silence.
  QuietLine(Duration probe_interval, Duration isolation_max, TimePoint now);
  /// Records that something was received.
  void heard(TimePoint now);
  /// Returns true if nothing was received for more than 2.5 intervals.
  [[nodiscard]] bool is_silent(TimePoint now) const;
  /// Returns true if a failed probe may raise a suspicion.
  [[nodiscard]] bool may_accuse(TimePoint now) const;
  /// Returns the time from which suspicions may expire, if nothing more is received.
  [[nodiscard]] TimePoint may_expire_from(TimePoint now) const;

 private:
  [[nodiscard]] TimePoint gives_up() const;

  Duration interval_;
  Duration isolation_max_;
  TimePoint last_heard_;
  TimePoint resumed_;  ///< time of the first message after the last silence
};

}  // namespace kith::cluster
