// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <set>
#include <string>

#include "core/clock.hpp"

namespace kith::cluster {

/// Bounds of a suspicion's life, and the number of confirmations that make it shortest.
struct SuspicionBounds {
  Duration shortest{};
  Duration longest{};
  std::size_t confirmations = 0;  ///< 0: `shortest` from the start
};

/// Returns the bounds for N members: shortest = multiplier x max(1, log10 N) x interval, longest =
/// `max_multiplier` times that; multiplier - 2 confirmations, or 0 if there are too few other
/// members to confirm. Source: memberlist, state.go suspectNode (M-004).
[[nodiscard]] SuspicionBounds suspicion_bounds(std::size_t members, Duration probe_interval,
                                               std::size_t multiplier, std::size_t max_multiplier);

/// Returns the time left of a suspicion after `elapsed` with `confirmed` confirmations; 0 or
/// negative if expired. Source: Lifeguard, section IV-B; memberlist, suspicion.go (M-001).
[[nodiscard]] Duration remaining_suspicion(std::size_t confirmed, Duration elapsed,
                                           const SuspicionBounds& bounds);

/// A suspicion of one member; each independent confirmation shortens it (M-002). Thread-safety:
/// none; plain value.
class Suspicion {
 public:
  /// Begins at `now`, raised by `accuser`.
  Suspicion(std::string accuser, SuspicionBounds bounds, TimePoint now);
  /// Adds a confirmation; false if this accuser is known or no more confirmations count.
  bool confirm(const std::string& accuser);
  /// Returns when it expires.
  [[nodiscard]] TimePoint deadline() const;
  /// Extends it (this node has stalled and may have missed a refutation).
  void extend(Duration by) { begun_ += by; }

 private:
  SuspicionBounds bounds_;
  TimePoint begun_;
  std::set<std::string> accusers_;
};

}  // namespace kith::cluster
