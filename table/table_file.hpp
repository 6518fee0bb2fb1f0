#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/bytes.hpp"
#include "core/result.hpp"
#include "table/value_table.hpp"

namespace kith {

/// Writes the rows of a table, as they are at one instant, to a file that is there as a whole
/// or not at all, as `write_file` does. Errors: `input_output` (no room, no right; what was there
/// before stays), `not_found` (the folder), `invalid_argument` (a row of more than a mebibyte or
/// nested too deep). Thread-safety: any thread; blocks it. Source: ets:tab2file/2.
Result<void> save_table(const ValueTable& table, const std::string& path);
/// Reads it again; type and key position come from the file. Errors: `not_found`, `input_output`,
/// `decode`: it is no such file, is cut or has been changed; the text says where.
/// Thread-safety: any thread; blocks it. Source: ets:file2tab/1.
Result<std::unique_ptr<ValueTable>> load_table(const std::string& path,
                                               std::size_t rows_max = ValueTableOptions{}.rows_max);

namespace table {

/// How such a file begins.
inline constexpr std::string_view table_file_begin = "KITHTAB1";
/// The content of such a file: "KITHTAB1", then blocks. A block is its size and the CRC-32 of its
/// content (both 32 bits, big-endian), then terms, each with its size before it. The first block
/// has one term, {"type", "key_position", "rows"}, the others have rows. Errors:
/// `invalid_argument`. Pure.
Result<Bytes> encode_table(const ValueTable& table);
/// The table of that content. Error: `decode`. Pure.
Result<std::unique_ptr<ValueTable>> decode_table(BytesView content, std::size_t rows_max);

}  // namespace table
}  // namespace kith
