#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace kith::replay {

/// What a replay takes from a line; `request` is the whole request, whose second word is a path.
enum class LineField : std::uint8_t { time, ip, user, path, request, status };

/// A name that servers give to a field: a member of a JSON line, or of the object `parent` there; a
/// variable of a format string when it has no parent. Thread-safety: plain value.
struct FieldName {
  LineField field;
  std::string_view name;
  std::string_view parent{};
};

/// All names that are known. Of several names for one field that a line has, the first counts;
/// `path` and `request` are one field there. Pure.
[[nodiscard]] std::span<const FieldName> field_names();

}  // namespace kith::replay
