// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>

#include "core/result.hpp"
#include "core/value.hpp"

/// Validates input of tables from other nodes and apps: accepts only what can be sent back, so that
/// no row is stored whose reading would fail. Error of all: `invalid_argument`, naming the limit.
/// Thread-safety: pure.
namespace kith::table {

/// Checks the name of a shared table: 1 to `limits::name_size_bytes_max` bytes.
[[nodiscard]] Result<void> check_name(const std::string& name);
/// Checks a key: up to `limits::key_size_bytes_max` bytes as a string, or encoded.
[[nodiscard]] Result<void> check_key(const Value& key);
/// Checks a value or row: up to `limits::table_row_bytes_max` bytes encoded,
/// `limits::table_row_depth_max` levels, `limits::decode_elements_max` elements per array or map.
[[nodiscard]] Result<void> check_row(const Value& row);

}  // namespace kith::table
