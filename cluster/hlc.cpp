// SPDX-License-Identifier: Apache-2.0
#include "cluster/hlc.hpp"

#include <algorithm>
#include <limits>

namespace kith::cluster {

HybridTime HybridClock::now(WallTime wall) {
  const HybridTime present{wall.time_since_epoch().count(), 0};
  if (present > last_) {
    last_ = present;
  } else if (last_.counter == std::numeric_limits<std::uint32_t>::max()) {
    last_ = HybridTime{last_.wall + 1, 0};
  } else {
    ++last_.counter;
  }
  return last_;
}

bool HybridClock::observe(HybridTime remote, WallTime wall) {
  const auto latest = (wall.time_since_epoch() + clock_ahead_max).count();
  if (remote.wall > latest) return false;
  last_ = std::max(last_, remote);
  return true;
}

}  // namespace kith::cluster
