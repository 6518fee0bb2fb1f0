// SPDX-License-Identifier: Apache-2.0
#include "table/table_file.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include <boost/crc.hpp>

#include "core/file.hpp"
#include "transport/codec.hpp"

namespace kith {
namespace table {
namespace {

constexpr std::size_t number_size = 4;
constexpr std::size_t block_head_size = 2 * number_size;
/// A block is closed at this size. Larger blocks have fewer checksums, but locate damage less well.
constexpr std::size_t block_size = 64 * 1024;
constexpr std::array type_names = {"set", "ordered_set", "bag", "duplicate_bag"};

void append_number(Bytes& bytes, std::size_t number) {
  for (int shift = 24; shift >= 0; shift -= 8) {
    bytes.push_back(static_cast<std::byte>(number >> static_cast<unsigned>(shift) & 0xFFU));
  }
}

std::size_t number_at(BytesView bytes) {
  std::size_t number = 0;
  for (std::size_t i = 0; i < number_size; ++i) {
    number = number << 8U | std::to_integer<std::size_t>(bytes[i]);
  }
  return number;
}

std::size_t checksum(BytesView bytes) {
  boost::crc_32_type crc;
  crc.process_bytes(bytes.data(), bytes.size());
  return crc.checksum();
}

void append_block(Bytes& content, Bytes& block) {
  append_number(content, block.size());
  append_number(content, checksum(block));
  content.insert(content.end(), block.begin(), block.end());
  block.clear();
}

Result<void> append_term(Bytes& block, const Value& term) {
  const Bytes encoded = transport::encode_value(term);
  if (const auto readable = transport::decode_value(encoded); !readable) {
    return Error(
        ErrorCode::invalid_argument,
        "a row cannot be saved, since it could not be read again: " + readable.error().text());
  }
  append_number(block, encoded.size());
  block.insert(block.end(), encoded.begin(), encoded.end());
  return {};
}

/// Reads the terms of a file block by block. Checks each size against the remaining bytes before
/// use: the file may be damaged.
class Reader {
 public:
  explicit Reader(BytesView content) : content_(content) {}

  Error broken(const std::string& why) const {
    return {ErrorCode::decode,
            "the file is no table of kith, or damaged: " + why + " at byte " + std::to_string(at_)};
  }
  Result<void> open() {
    if (!as_text(content_).starts_with(table_file_begin)) {
      return broken("it does not begin with " + std::string(table_file_begin));
    }
    at_ = table_file_begin.size();
    return {};
  }
  [[nodiscard]] bool at_end() const { return at_ == content_.size(); }

  /// Returns the next term; verifies the checksum of a block before its first term.
  Result<Value> next() {
    if (at_ == block_end_) {
      if (const auto opened = open_block(); !opened) return opened.error();
    }
    if (block_end_ - at_ < number_size) return broken("a term is cut");
    const std::size_t size = number_at(content_.subspan(at_));
    if (size > block_end_ - at_ - number_size) return broken("a term is longer than its block");
    const auto term = transport::decode_value(content_.subspan(at_ + number_size, size));
    if (!term) return broken(term.error().text());
    at_ += number_size + size;
    return term;
  }

 private:
  Result<void> open_block() {
    if (content_.size() - at_ < block_head_size) return broken("a block is missing");
    const std::size_t size = number_at(content_.subspan(at_));
    const std::size_t expected = number_at(content_.subspan(at_ + number_size));
    if (size > content_.size() - at_ - block_head_size) return broken("a block is cut");
    const BytesView block = content_.subspan(at_ + block_head_size, size);
    if (checksum(block) != expected) return broken("the checksum of a block is wrong");
    at_ += block_head_size;
    block_end_ = at_ + size;
    return {};
  }

  BytesView content_;
  std::size_t at_ = 0;
  std::size_t block_end_ = table_file_begin.size();
};

/// Reads the options of the table and its number of rows from the first term.
Result<std::pair<ValueTableOptions, std::size_t>> options_in(const Value& head,
                                                             const Reader& reader) {
  ValueTableOptions options;
  const auto integer = [&](const char* field) {
    const Value* const value = head.find(field);
    return value == nullptr ? -1 : value->integer_or(-1);
  };
  const Value* const type = head.find("type");
  const auto* const name = std::ranges::find(type_names, type == nullptr ? "" : type->text_or(""));
  if (name == type_names.end() || integer("key_position") < 1 || integer("rows") < 0) {
    return reader.broken("the head is wrong");
  }
  options.type = static_cast<TableType>(name - type_names.begin());
  options.key_position = static_cast<std::size_t>(integer("key_position"));
  return std::pair(options, static_cast<std::size_t>(integer("rows")));
}

}  // namespace

Result<Bytes> encode_table(const ValueTable& table) {
  const TableSnapshot<TableRow> rows = table.snapshot();
  Bytes content;
  Bytes block;
  for (const char each : table_file_begin) content.push_back(static_cast<std::byte>(each));
  const Value head = Value::map({{"type", type_names.at(static_cast<std::size_t>(table.type()))},
                                 {"key_position", table.key_position()},
                                 {"rows", rows.size()}});
  if (const auto appended = append_term(block, head); !appended) return appended.error();
  append_block(content, block);
  Result<void> appended;
  rows.for_each([&](const TableRow& row) {
    if (!appended) return;
    appended = append_term(block, Value(row));
    if (block.size() >= block_size) append_block(content, block);
  });
  if (!appended) return appended.error();
  if (!block.empty()) append_block(content, block);
  return content;
}

Result<std::unique_ptr<ValueTable>> decode_table(BytesView content, std::size_t rows_max) {
  Reader reader(content);
  if (const auto opened = reader.open(); !opened) return opened.error();
  const auto head = reader.next();
  if (!head) return head.error();
  auto options = options_in(*head, reader);
  if (!options) return options.error();
  options->first.rows_max = rows_max;
  auto table = std::make_unique<ValueTable>(options->first);
  for (std::size_t i = 0; i < options->second; ++i) {
    auto row = reader.next();
    if (!row) return row.error();
    auto* const elements = row->get_if<ValueArray>();
    if (elements == nullptr) return reader.broken("a row is no array");
    if (const auto inserted = table->insert(std::move(*elements)); !inserted) {
      return inserted.error();
    }
  }
  if (!reader.at_end()) return reader.broken("there is more than the rows of the table");
  return table;
}

}  // namespace table

Result<void> save_table(const ValueTable& table, const std::string& path) {
  const auto content = table::encode_table(table);
  if (!content) return content.error();
  return write_file(path, *content);
}

Result<std::unique_ptr<ValueTable>> load_table(const std::string& path, std::size_t rows_max) {
  const auto content = read_file(path, table::table_file_begin);
  if (!content) return content.error();
  auto table = table::decode_table(*content, rows_max);
  if (!table) return Error(table.error().code(), "'" + path + "': " + table.error().text());
  return table;
}

}  // namespace kith
