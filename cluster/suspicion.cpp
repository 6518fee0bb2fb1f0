// SPDX-License-Identifier: Apache-2.0
#include "cluster/suspicion.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "core/saturating.hpp"

namespace kith::cluster {

SuspicionBounds suspicion_bounds(std::size_t members, Duration probe_interval,
                                 std::size_t multiplier, std::size_t max_multiplier) {
  const double scale =
      std::max(1.0, std::log10(static_cast<double>(std::max<std::size_t>(members, 1))));
  SuspicionBounds bounds;
  bounds.shortest = saturating_multiply(probe_interval, static_cast<double>(multiplier) * scale);
  bounds.longest = saturating_multiply(bounds.shortest, static_cast<double>(max_multiplier));
  const std::size_t wanted = multiplier > 2 ? multiplier - 2 : 0;
  if (members >= wanted + 2) bounds.confirmations = wanted;
  return bounds;
}

Duration remaining_suspicion(std::size_t confirmed, Duration elapsed,
                             const SuspicionBounds& bounds) {
  if (bounds.confirmations == 0) return bounds.shortest - elapsed;
  const double fraction = std::log(static_cast<double>(confirmed) + 1.0) /
                          std::log(static_cast<double>(bounds.confirmations) + 1.0);
  const double range = static_cast<double>((bounds.longest - bounds.shortest).count());
  const double total = static_cast<double>(bounds.longest.count()) - fraction * range;
  const auto whole = std::chrono::floor<std::chrono::milliseconds>(
      Duration(saturating_cast<Duration::rep>(total)));
  return std::max<Duration>(whole, bounds.shortest) - elapsed;
}

Suspicion::Suspicion(std::string accuser, SuspicionBounds bounds, TimePoint now)
    : bounds_(bounds), begun_(now) {
  accusers_.insert(std::move(accuser));
}

bool Suspicion::confirm(const std::string& accuser) {
  const std::size_t confirmed = accusers_.size() - 1;  // the first accuser does not count
  if (confirmed >= bounds_.confirmations) return false;
  return accusers_.insert(accuser).second;
}

TimePoint Suspicion::deadline() const {
  return deadline_after(begun_,
                        remaining_suspicion(accusers_.size() - 1, Duration::zero(), bounds_));
}

}  // namespace kith::cluster
