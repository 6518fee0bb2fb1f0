// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "core/result.hpp"
#include "core/value.hpp"

namespace kith {

/// Parses JSON text as a term: objects become maps, whole numbers integers, other numbers floats.
/// Errors: `decode` with the position, also for an integer of more than 64 bits and for nesting
/// deeper than `limits::decode_depth_max`. Thread-safety: pure.
[[nodiscard]] Result<Value> from_json(std::string_view text);
/// Returns the term as JSON for a line that people read: cut after 200 bytes, with its length
/// appended. Thread-safety: pure.
[[nodiscard]] std::string json_excerpt(const Value& value);

}  // namespace kith
