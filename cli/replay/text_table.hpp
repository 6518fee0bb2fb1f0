#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kith::replay {

/// A text that is safe on a terminal and not too long, and how many columns it takes.
/// Thread-safety: plain value.
struct Shown {
  std::string text;
  std::size_t width = 0;
};

/// Bytes of a log as they are shown: control characters as '?', what is not UTF-8 as U+FFFD.
[[nodiscard]] Shown show(std::string_view bytes);

/// 1234567 as "1,234,567".
[[nodiscard]] std::string grouped(std::uint64_t number);

/// A table: a name at the left, numbers at the right, perhaps a remark after them.
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
