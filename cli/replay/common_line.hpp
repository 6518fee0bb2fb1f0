#pragma once

#include <cstdint>
#include <string_view>

#include "cli/replay/log_line.hpp"
#include "core/result.hpp"

namespace kith::replay {

/// Whether lines begin with the name of a virtual host.
enum class VirtualHost : std::uint8_t {
  never,
  always,
  detect,  ///< when four words or more precede the time, and the first two look like it
};

/// Reads a line of the common format and those that add to it:
///
///     [vhost] host ident user [time] "request" status size ["referer" "agent" ...]
///
/// Fields are one space apart. The host may be a list of addresses with commas between, of which
/// the first counts; the user may have spaces. Inside quotes any bytes may stand, and a backslash
/// makes the byte after it an ordinary one. After the size, numbers and quoted fields may follow,
/// the latter two at least, then white space only. A status of `-` is none. Errors: `decode`,
/// saying what is wrong. Pure.
[[nodiscard]] Result<LogLine> parse_common_line(std::string_view line, RequiredFields required = {},
                                                VirtualHost vhost = VirtualHost::detect);

}  // namespace kith::replay
