// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace kith::replay {

/// The fields that a replay reads; `request` is the whole request, whose second word is the path.
enum class LineField : std::uint8_t { time, ip, user, path, request, status };

/// A name of a field: a member of a JSON line, or of its object `parent`; without a parent also a
/// variable of a format string. Thread-safety: plain value.
struct FieldName {
  LineField field;
  std::string_view name;
  std::string_view parent{};
};

/// Returns all known names. If a line has several names of one field, the first in this order
/// counts; `path` and `request` are the same field in this respect. Pure.
[[nodiscard]] std::span<const FieldName> field_names();

}  // namespace kith::replay
