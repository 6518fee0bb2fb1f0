// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

#include "cli/replay/log_line.hpp"
#include "core/result.hpp"

namespace kith::replay {

/// Whether lines start with a virtual host.
enum class VirtualHost : std::uint8_t {
  never,
  always,
  detect,  ///< if at least four words precede the time and the first two look like it
};

/// Parses a line of the common format or one of its extensions:
///
///     [vhost] host ident user [time] "request" status size ["referer" "agent" ...]
///
/// Fields are separated by one space. The host may be a comma-separated list of addresses, of which
/// the first counts; the user may contain spaces. Quotes may contain any bytes; a backslash escapes
/// the next byte. The size may be followed by numbers and quoted fields, at least two of the latter
/// if any, then only white space. `-` means no status. Errors: `decode` with the reason. Pure.
[[nodiscard]] Result<LogLine> parse_common_line(std::string_view line, RequiredFields required = {},
                                                VirtualHost vhost = VirtualHost::detect);

}  // namespace kith::replay
