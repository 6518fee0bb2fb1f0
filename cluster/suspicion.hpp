#pragma once

#include <cstddef>
#include <set>
#include <string>

#include "core/clock.hpp"

namespace kith::cluster {

/// How long a suspicion may live, and how many confirmations make it shortest.
struct SuspicionBounds {
  Duration shortest{};
  Duration longest{};
  std::size_t confirmations = 0;  ///< 0: `shortest` from the beginning
};

/// Bounds for a cluster of `members` nodes: shortest = multiplier × max(1, log10 n) × interval,
/// longest = `max_multiplier` times that; multiplier − 2 confirmations, none when there are too few
/// others to give them. Source: memberlist, state.go suspectNode (M-004).
[[nodiscard]] SuspicionBounds suspicion_bounds(std::size_t members, Duration probe_interval,
                                               std::size_t multiplier, std::size_t max_multiplier);

/// What is left of a suspicion after `elapsed` with `confirmed` confirmations; negative when it is
/// over. Source: Lifeguard, section IV-B; memberlist, suspicion.go (M-001).
[[nodiscard]] Duration remaining_suspicion(std::size_t confirmed, Duration elapsed,
                                           const SuspicionBounds& bounds);

/// One running suspicion: each independent confirmation shortens it (M-002). Thread-safety: none;
/// plain value.
class Suspicion {
 public:
  /// Raised by `accuser` at `now`.
  Suspicion(std::string accuser, SuspicionBounds bounds, TimePoint now);
  /// True when this is news: another name than before, and not more of them than count.
  bool confirm(const std::string& accuser);
  /// When it runs out.
  [[nodiscard]] TimePoint deadline() const;
  /// Gives the accused more time (the accuser itself stood still).
  void extend(Duration by) { begun_ += by; }

 private:
  SuspicionBounds bounds_;
  TimePoint begun_;
  std::set<std::string> accusers_;
};

}  // namespace kith::cluster
