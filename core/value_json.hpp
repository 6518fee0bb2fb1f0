#pragma once

#include <string>
#include <string_view>

#include "core/result.hpp"
#include "core/value.hpp"

namespace kith {

/// Reads JSON text as a term: objects become maps, whole numbers integers, other numbers floats.
/// Errors: `decode` with the place of the mistake, when an integer has no room in 64 bits, or when
/// it nests deeper than `limits::decode_depth_max`. Thread-safety: none needed.
[[nodiscard]] Result<Value> from_json(std::string_view text);
/// The term as JSON for a line that people read: what is longer than 200 bytes is cut, with its
/// length behind it. Thread-safety: none needed.
[[nodiscard]] std::string json_excerpt(const Value& value);

}  // namespace kith
