// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <concepts>
#include <limits>
#include <utility>

#include "core/clock.hpp"

/// Arithmetic that saturates instead of overflowing, as `deadline_after` does.
namespace kith {

/// Converts a number to T, rounding towards zero and saturating; NaN becomes 0.
/// Thread-safety: pure.
template <std::integral T>
[[nodiscard]] constexpr T saturating_cast(double number) {
  // The largest T may not be representable as a double; it then rounds up to a power of two.
  if (number >= static_cast<double>(std::numeric_limits<T>::max())) {
    return std::numeric_limits<T>::max();
  }
  if (number <= static_cast<double>(std::numeric_limits<T>::min())) {
    return std::numeric_limits<T>::min();
  }
  return number == number ? static_cast<T>(number) : T{0};
}

/// Converts a time in another unit to a `Duration`, saturating at its maximum and minimum.
/// Thread-safety: pure.
template <std::integral Rep, typename Period>
[[nodiscard]] constexpr Duration saturating_duration(std::chrono::duration<Rep, Period> time) {
  using Unit = std::chrono::duration<Duration::rep, Period>;
  constexpr auto most = std::chrono::duration_cast<Unit>(Duration::max()).count();
  if (std::cmp_greater(time.count(), most)) return Duration::max();
  if (std::cmp_less(time.count(), -most)) return Duration::min();
  return std::chrono::duration_cast<Duration>(time);
}

/// Multiplies a time by a factor, saturating. The maximum, `infinite`, stays infinite with any
/// factor above zero. Thread-safety: pure.
[[nodiscard]] constexpr Duration saturating_multiply(Duration time, double factor) {
  if (time == Duration::max() && factor > 0) return time;
  return Duration(saturating_cast<Duration::rep>(static_cast<double>(time.count()) * factor));
}

}  // namespace kith
