#pragma once

#include <cstddef>
#include <string>

#include "core/result.hpp"
#include "core/value.hpp"

/// What may come into a table from another node or from an app: only what can be sent back, so that
/// nothing is taken whose reading would fail later. Errors of all: `invalid_argument`, with the
/// limit. Thread-safety: pure.
namespace kith::table {

/// The name of a table that all nodes share: 1 to `limits::name_size_bytes_max` bytes.
[[nodiscard]] Result<void> check_name(const std::string& name);
/// A key: `limits::key_size_bytes_max` bytes of text, or as many encoded.
[[nodiscard]] Result<void> check_key(const Value& key);
/// The value of a key, or a row: `limits::table_row_bytes_max` bytes when it is encoded,
/// `limits::table_row_depth_max` levels, `limits::decode_elements_max` elements in an array or map.
[[nodiscard]] Result<void> check_row(const Value& row);

}  // namespace kith::table
