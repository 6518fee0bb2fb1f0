// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kith::replay {

/// A text that is safe on a terminal and not too long, and its width in columns.
/// Thread-safety: plain value.
struct Shown {
  std::string text;
  std::size_t width = 0;
};

/// Converts bytes of a log for printing: control characters to '?', invalid UTF-8 to U+FFFD.
[[nodiscard]] Shown show(std::string_view bytes);

/// Formats 1234567 as "1,234,567".
[[nodiscard]] std::string grouped(std::uint64_t number);

/// Formats a table: a name at the left, numbers at the right, optionally a remark after them.
/// Thread-safety: plain value.
class TextTable {
 public:
  TextTable(std::string name, std::vector<std::string> columns);
  void row(std::string_view name, std::vector<std::string> numbers, std::string remark = {});
  [[nodiscard]] std::string text() const;

 private:
  struct Row {
    Shown name;
    std::vector<std::string> numbers;
    std::string remark;
  };
  std::vector<std::string> heads_;
  std::vector<std::size_t> widths_;
  std::vector<Row> rows_;
};

}  // namespace kith::replay
