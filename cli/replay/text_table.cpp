// SPDX-License-Identifier: Apache-2.0
#include "cli/replay/text_table.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "cli/replay/utf8.hpp"

namespace kith::replay {
namespace {

constexpr std::size_t name_width_max = 48;

bool is_control(std::string_view character) {
  const auto first = static_cast<unsigned char>(character.front());
  const bool c1 = first == 0xC2 && static_cast<unsigned char>(character[1]) < 0xA0;
  return first < 0x20 || first == 0x7F || c1;
}

}  // namespace

Shown show(std::string_view bytes) {
  Shown shown;
  const std::string text = replace_invalid_utf8(bytes);
  for (std::string_view rest = text; !rest.empty(); ++shown.width) {
    if (shown.width == name_width_max) {
      shown.text += "…";
      ++shown.width;
      break;
    }
    const std::string_view character = rest.substr(0, utf8_sequence(rest).length);
    shown.text += is_control(character) ? "?" : character;
    rest.remove_prefix(character.size());
  }
  if (shown.width == 0) return {.text = "(empty)", .width = 7};
  return shown;
}

std::string grouped(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t i = digits.size(); i > 3; i -= 3) digits.insert(i - 3, 1, ',');
  return digits;
}

TextTable::TextTable(std::string name, std::vector<std::string> columns)
    : heads_{std::move(name)}, widths_{heads_[0].size()} {
  for (std::string& column : columns) {
    widths_.push_back(column.size());
    heads_.push_back(std::move(column));
  }
}

void TextTable::row(std::string_view name, std::vector<std::string> numbers, std::string remark) {
  Row row{show(name), std::move(numbers), std::move(remark)};
  widths_[0] = std::max(widths_[0], row.name.width);
  for (std::size_t i = 0; i < row.numbers.size(); ++i) {
    widths_[i + 1] = std::max(widths_[i + 1], row.numbers[i].size());
  }
  rows_.push_back(std::move(row));
}

std::string TextTable::text() const {
  std::string text = fmt::format("{:<{}}", heads_[0], widths_[0]);
  for (std::size_t i = 1; i < heads_.size(); ++i) {
    text += fmt::format("  {:>{}}", heads_[i], widths_[i]);
  }
  for (const Row& row : rows_) {
    text += '\n' + row.name.text + std::string(widths_[0] - row.name.width, ' ');
    for (std::size_t i = 0; i < row.numbers.size(); ++i) {
      text += fmt::format("  {:>{}}", row.numbers[i], widths_[i + 1]);
    }
    if (!row.remark.empty()) text += "  " + row.remark;
  }
  return text + "\n";
}

}  // namespace kith::replay
