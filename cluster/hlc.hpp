#pragma once

#include <chrono>
#include <compare>
#include <cstdint>

#include "core/clock.hpp"
#include "core/wire_types.hpp"

namespace kith::cluster {

/// A point of hybrid logical time: close to calendar time, and later than everything its author
/// had seen before. Ordered by `wall`, then `counter`. Thread-safety: plain value.
struct HybridTime {
  std::int64_t wall = 0;      ///< nanoseconds since 1970 (UTC)
  std::uint32_t counter = 0;  ///< tells apart events of one `wall`

  friend bool operator==(const HybridTime&, const HybridTime&) = default;
  friend std::strong_ordering operator<=>(const HybridTime&, const HybridTime&) = default;
  KITH_FIELDS(wall, counter)
};

/// `HybridClock::observe` rejects times further ahead than this
/// (docs/cluster-protocol.md#time-and-clocks).
inline constexpr Duration clock_ahead_max = std::chrono::seconds{10};

/// A node's hybrid logical clock. Source: Kulkarni et al. 2014, "Logical Physical Clocks".
/// Thread-safety: none; plain value.
class HybridClock {
 public:
  /// A time later than every earlier result and every observed time.
  HybridTime now(WallTime wall);
  /// Takes notice of a time stamped elsewhere, so that `now` is later. False, and nothing changes,
  /// when it is more than `clock_ahead_max` ahead of `wall`.
  bool observe(HybridTime remote, WallTime wall);

 private:
  HybridTime last_;
};

}  // namespace kith::cluster
