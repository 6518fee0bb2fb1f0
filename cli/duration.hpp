// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "core/clock.hpp"
#include "core/result.hpp"

namespace kith::cli {

/// Parses a duration: "500ms", "60s", "1.5m", "2h", "1h30m". Units: ns, us, ms, s, m, h, d; only
/// "0" needs none. Errors: `invalid_argument`. Pure.
[[nodiscard]] Result<Duration> parse_duration(std::string_view text);

/// Formats a duration in the largest fitting unit, with up to three decimals.
[[nodiscard]] std::string format_duration(Duration duration);

}  // namespace kith::cli
