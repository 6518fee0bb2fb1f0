// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>

#include "core/clock.hpp"
#include "core/wire_types.hpp"

namespace kith::cluster {

/// A hybrid logical timestamp: close to wall time, and later than all timestamps that its author
/// had seen. Ordered by `wall`, then `counter`. Thread-safety: plain value.
struct HybridTime {
  std::int64_t wall = 0;      ///< nanoseconds since 1970 (UTC)
  std::uint32_t counter = 0;  ///< orders events with the same `wall`

  friend bool operator==(const HybridTime&, const HybridTime&) = default;
  friend std::strong_ordering operator<=>(const HybridTime&, const HybridTime&) = default;
  KITH_FIELDS(wall, counter)
};

/// `HybridClock::observe` rejects times further ahead than this
/// (docs/cluster-protocol.md#time-and-clocks).
inline constexpr Duration clock_ahead_max = std::chrono::seconds{10};

/// Implements a node's hybrid logical clock. Source: Kulkarni et al. 2014, "Logical Physical
/// Clocks". Thread-safety: none; plain value.
class HybridClock {
 public:
  /// Returns a time later than all earlier results and all observed times.
  HybridTime now(WallTime wall);
  /// Observes a remote timestamp, so that `now` is later. Ignores it and returns false if it is
  /// more than `clock_ahead_max` ahead of `wall`: a wrong clock must not advance this one for long.
  bool observe(HybridTime remote, WallTime wall);

 private:
  HybridTime last_;
};

}  // namespace kith::cluster
