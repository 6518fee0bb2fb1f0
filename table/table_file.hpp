// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/bytes.hpp"
#include "core/result.hpp"
#include "table/value_table.hpp"

namespace kith {

/// Writes a snapshot of the table to a file, atomically as `write_file` does.
///
///     ValueTable stock;
///     stock.insert({"apples", 3}).value();
///     save_table(stock, "/var/lib/shop/stock.table").value();
///     std::unique_ptr<ValueTable> copy = load_table("/var/lib/shop/stock.table").value();
///
/// Errors: `input_output` (disk full, permission; the old file is kept), `not_found` (the folder),
/// `invalid_argument` (a row of more than 1 MiB or nested too deep). Thread-safety: any thread;
/// blocks. Source: ets:tab2file/2.
Result<void> save_table(const ValueTable& table, const std::string& path);
/// Reads a table from a file; type and key position come from the file. Errors: `not_found`,
/// `input_output`, `overloaded` (more than `rows_max` rows), `decode` (not a table file, truncated
/// or modified; the message names the byte). Thread-safety: any thread; blocks. Source:
/// ets:file2tab/1.
Result<std::unique_ptr<ValueTable>> load_table(const std::string& path,
                                               std::size_t rows_max = ValueTableOptions{}.rows_max);

namespace table {

/// Magic number of a table file.
inline constexpr std::string_view table_file_begin = "KITHTAB1";
/// Encodes a table: "KITHTAB1", then blocks. A block is its size and the CRC-32 of its content
/// (both 32 bits, big-endian), then terms, each preceded by its size. The first block has one term,
/// {"type", "key_position", "rows"}, the others have rows. Error: `invalid_argument`. Pure.
Result<Bytes> encode_table(const ValueTable& table);
/// Decodes a table. Errors: `decode`, `overloaded` (more than `rows_max` rows). Pure.
Result<std::unique_ptr<ValueTable>> decode_table(BytesView content, std::size_t rows_max);

}  // namespace table
}  // namespace kith
