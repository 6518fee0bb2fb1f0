// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "core/clock.hpp"

namespace kith::transport::internal {

/// Decides when to log a count that grows: at once, then at most every 10 s while it grows.
/// Thread-safety: none.
class LogPace {
 public:
  static constexpr Duration apart = std::chrono::seconds(10);

  /// Returns the growth of the count since the last line if a line is due, else nullopt.
  std::optional<std::uint64_t> due(std::uint64_t count, TimePoint now) {
    if (count == logged_ || (last_ && now - *last_ < apart)) return std::nullopt;
    last_ = now;
    const std::uint64_t grown = count - logged_;
    logged_ = count;
    return grown;
  }

 private:
  std::uint64_t logged_ = 0;
  std::optional<TimePoint> last_;
};

}  // namespace kith::transport::internal
