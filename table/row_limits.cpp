// SPDX-License-Identifier: Apache-2.0
#include "table/row_limits.hpp"

#include <algorithm>
#include <optional>

#include "core/limits.hpp"
#include "transport/codec.hpp"

namespace kith::table {
namespace {

Error refused(std::string why) {
  return {ErrorCode::invalid_argument, std::move(why)};
}

/// Returns an upper bound of the encoded size of a term; nullopt if it is nested too deep or has
/// too many elements.
std::optional<std::size_t> extent(const Value& term, std::size_t levels_max) {
  constexpr std::size_t head = 18;  // encoded size of the largest scalar, a pid
  if (const auto* const text = term.get_if<std::string>()) return head + text->size();
  if (const auto* const bytes = term.get_if<Bytes>()) return head + bytes->size();
  const auto* const array = term.get_if<ValueArray>();
  const auto* const map = term.get_if<ValueMap>();
  if (array == nullptr && map == nullptr) return head;
  const std::size_t elements = array != nullptr ? array->size() : map->size();
  if (levels_max == 0 || elements > limits::decode_elements_max) return std::nullopt;
  std::size_t sum = head;
  const auto add = [&](const Value& part) {
    const auto more = extent(part, levels_max - 1);
    if (more) sum += *more;
    return more.has_value();
  };
  if (array != nullptr) return std::ranges::all_of(*array, add) ? std::optional(sum) : std::nullopt;
  for (const auto& [name, part] : *map) {
    sum += head + name.size();
    if (!add(part)) return std::nullopt;
  }
  return sum;
}

/// Encodes the term only if the estimate exceeds the limit: most terms are far below it.
Result<void> check(const Value& term, const char* what, std::size_t size_max) {
  const auto most = extent(term, limits::table_row_depth_max);
  if (!most) {
    return refused(std::string(what) + " is nested deeper than " +
                   std::to_string(limits::table_row_depth_max) + " levels, or has more than " +
                   std::to_string(limits::decode_elements_max) + " elements in an array");
  }
  if (*most <= size_max) return {};
  const std::size_t size = transport::encode_value(term).size();
  if (size <= size_max) return {};
  return refused(std::string(what) + " of " + std::to_string(size) +
                 " bytes is longer than the limit of " + std::to_string(size_max));
}

}  // namespace

Result<void> check_name(const std::string& name) {
  if (!name.empty() && name.size() <= limits::name_size_bytes_max) return {};
  return refused("the name of a table has 1 to " + std::to_string(limits::name_size_bytes_max) +
                 " bytes, not " + std::to_string(name.size()));
}

Result<void> check_key(const Value& key) {
  const auto* const text = key.get_if<std::string>();
  const auto* const bytes = key.get_if<Bytes>();
  if (text == nullptr && bytes == nullptr) return check(key, "a key", limits::key_size_bytes_max);
  const std::size_t size = text != nullptr ? text->size() : bytes->size();
  if (size <= limits::key_size_bytes_max) return {};
  return refused("a key of " + std::to_string(size) + " bytes is longer than the limit of " +
                 std::to_string(limits::key_size_bytes_max));
}

Result<void> check_row(const Value& row) {
  return check(row, "a value", limits::table_row_bytes_max);
}

}  // namespace kith::table
