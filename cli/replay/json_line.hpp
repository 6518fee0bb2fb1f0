// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "cli/replay/log_line.hpp"
#include "core/result.hpp"

namespace kith::replay {

/// Parses a JSON line with members named as in `field_names()`. Times are strings in one of the
/// forms of `parse_log_time`, or numbers of seconds since 1970; a status is a number or string;
/// other fields are strings, numbers or null (empty). In a list of addresses the first counts, of a
/// repeated member the last; other members are ignored. Bytes that are not UTF-8 are kept, and so
/// is
/// `\xHH`, which is not JSON. Errors: `decode` with the reason. Pure.
[[nodiscard]] Result<LogLine> parse_json_line(std::string_view line, RequiredFields required = {});

}  // namespace kith::replay
