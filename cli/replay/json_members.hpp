// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cli/replay/field_names.hpp"
#include "core/result.hpp"

namespace kith::replay {

/// A member of a JSON object: its string or the digits of its number. Thread-safety: plain value.
struct JsonMember {
  enum class Kind : std::uint8_t { missing, null, text, number, other };
  Kind kind = Kind::missing;
  std::string text;
};

/// Parses the object of a line and returns the member for each of `field_names()`, in that order.
/// `line` must be UTF-8. Errors: `decode` if it is not one JSON object. Pure.
[[nodiscard]] Result<std::vector<JsonMember>> read_json_members(std::string_view line);

}  // namespace kith::replay
