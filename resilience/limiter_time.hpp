// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

#include "core/clock.hpp"
#include "resilience/limiter_options.hpp"

/// Shared time arithmetic of the algorithms: exact, without overflow at Duration::min() and max().
namespace kith::limiting {

__extension__ using Wide = unsigned __int128;  // nanoseconds times units exceed 64 bits
__extension__ using SignedWide = __int128;

/// Returns the nanoseconds from `earlier` to `later`; exact for any two times, because the
/// difference is unsigned.
inline std::uint64_t elapsed(Duration earlier, Duration later) {
  return static_cast<std::uint64_t>(later.count()) - static_cast<std::uint64_t>(earlier.count());
}

inline std::uint64_t nanoseconds(Duration duration) {
  return static_cast<std::uint64_t>(duration.count());
}

/// Returns `count` nanoseconds, at most `Duration::max()`.
inline Duration at_most_max(Wide count) {
  return count > Wide{nanoseconds(Duration::max())} ? Duration::max()
                                                    : Duration(static_cast<Duration::rep>(count));
}

/// Returns `at + wait`, at most `Duration::max()`.
inline Duration later(Duration at, Duration wait) {
  if (at > Duration::zero() && wait > Duration::max() - at) return Duration::max();
  return at + wait;
}

/// Returns `at + by` modulo 2^64, so that wrapped differences shift times correctly.
inline Duration moved(Duration at, Duration by) {
  return Duration(static_cast<Duration::rep>(nanoseconds(at) + nanoseconds(by)));
}

/// Returns the remaining time at `now` of a window that began at `since`.
inline Duration rest_of(Duration window, Duration since, Duration now) {
  const std::uint64_t passed = elapsed(since, now);
  return passed >= nanoseconds(window) ? Duration::zero()
                                       : window - Duration(static_cast<Duration::rep>(passed));
}

/// Returns the size of a bucket: `burst`, or `limit` if either is 0.
inline std::uint32_t bucket_size(const RateLimiterOptions& options) {
  return options.burst == 0 || options.limit == 0 ? options.limit : options.burst;
}

/// Upper bound of units and credit: answers count in 32 bits.
inline constexpr std::int64_t room_max = std::numeric_limits<std::uint32_t>::max();

}  // namespace kith::limiting
