#pragma once

#include <string>
#include <string_view>

#include "core/clock.hpp"
#include "core/result.hpp"

namespace kith::cli {

/// Reads a length of time as people write it: "500ms", "60s", "1.5m", "2h", "1h30m". Units: ns, us,
/// ms, s, m, h, d. "0" needs none; other numbers do. Errors: `invalid_argument`. Pure.
[[nodiscard]] Result<Duration> parse_duration(std::string_view text);

/// A length of time for people, in the unit that fits, with at most three digits after the point.
[[nodiscard]] std::string format_duration(Duration duration);

}  // namespace kith::cli
