// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/clock.hpp"

/// The times that stand in access logs. All functions are pure. Times are nanoseconds since 1970 in
/// UTC, from the years 1678 to 2261 (what 64 bits hold); other years count as unreadable. A second
/// 60 counts as 59.
namespace kith::replay {

/// Parses "17/May/2015:10:05:03 +0530" (Apache's %t without brackets). Returns nullopt for another
/// form or an invalid date or time.
[[nodiscard]] std::optional<Duration> parse_apache_time(std::string_view text);

/// Parses "2015-05-17T10:05:03.25Z" (RFC 3339): optional fraction, `Z` or an offset; a space
/// instead of `T` and lower case are allowed. Digits below nanoseconds are dropped.
[[nodiscard]] std::optional<Duration> parse_rfc3339(std::string_view text);

/// Parses "1431857103.25": seconds since 1970 as a decimal number, with optional exponent, exactly.
/// Digits below nanoseconds are dropped.
[[nodiscard]] std::optional<Duration> parse_unix_seconds(std::string_view text);

/// Parses a time in any of the three forms.
[[nodiscard]] std::optional<Duration> parse_log_time(std::string_view text);
/// The error text for any other text.
inline constexpr std::string_view no_such_time =
    "invalid time (valid: 17/May/2015:10:05:03 +0000, 2015-05-17T10:05:03Z or 1431857103.25)";

/// Formats a time as "2015-05-17T10:05:03Z", with as many decimals as it needs.
[[nodiscard]] std::string format_rfc3339(Duration at);

}  // namespace kith::replay
