#pragma once

#include "core/clock.hpp"

namespace kith::cluster {

/// Tells a node that hears nobody that it is itself the one cut off: then it accuses nobody and
/// lets no suspicion run out, and for a while after it hears again. Source:
/// docs/cluster-protocol.md#quiet-line-and-own-stall (2.5, 2 and 3 probe intervals).
/// Thread-safety: none; plain value.
class QuietLine {
 public:
  /// Not silent at `now`; after `isolation_max` of silence the rule gives up.
  QuietLine(Duration probe_interval, Duration isolation_max, TimePoint now);
  /// Something was received.
  void heard(TimePoint now);
  /// True when nothing was heard for 2.5 intervals.
  [[nodiscard]] bool is_silent(TimePoint now) const;
  /// True when a failed probe may raise a suspicion.
  [[nodiscard]] bool may_accuse(TimePoint now) const;
  /// From when on suspicions may run out, as things stand.
  [[nodiscard]] TimePoint may_expire_from(TimePoint now) const;

 private:
  [[nodiscard]] TimePoint gives_up() const;

  Duration interval_;
  Duration isolation_max_;
  TimePoint last_heard_;
  TimePoint resumed_;  ///< first message after the last silence
};

}  // namespace kith::cluster
