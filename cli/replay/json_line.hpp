#pragma once

#include <string_view>

#include "cli/replay/log_line.hpp"
#include "core/result.hpp"

namespace kith::replay {

/// Reads a JSON line, whose members have the names of `field_names()`. Times are texts in one of
/// the forms of `parse_log_time`, or numbers of seconds since 1970; a status is a number or text;
/// other fields are texts, numbers or null (empty). Of several addresses in one text the first
/// counts, of a member that comes twice the last; further members are passed over. Bytes that are
/// not UTF-8 are kept, and so is `\xHH`, which is no JSON. Errors: `decode`, saying what is wrong.
/// Pure.
[[nodiscard]] Result<LogLine> parse_json_line(std::string_view line, RequiredFields required = {});

}  // namespace kith::replay
