// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/value.hpp"

namespace kith::cli {

/// The colour of a text on a terminal.
enum class Colour : std::uint8_t { none, good, warning, bad, dim };

/// A cell of a table. Thread-safety: plain value.
struct Cell {
  Cell(std::string content, Colour look = Colour::none)  // NOLINT(google-explicit-constructor)
      : text(std::move(content)), colour(look) {}
  Cell(const char* content, Colour look = Colour::none)  // NOLINT(google-explicit-constructor)
      : text(content), colour(look) {}
  std::string text;
  Colour colour = Colour::none;
};

/// The capabilities of the output. Thread-safety: plain value.
struct Screen {
  bool header = false;  ///< tables start with column names
  bool colour = false;

  /// Returns those of standard output: both only on a terminal, no colour with NO_COLOR or
  /// TERM=dumb.
  [[nodiscard]] static Screen standard_output();
};

/// Rows under column names. Thread-safety: plain value.
struct Table {
  std::vector<std::string> columns;
  std::vector<std::vector<Cell>> rows;
};

/// Formats a table with aligned columns, two spaces apart, one line per row.
[[nodiscard]] std::string to_text(const Table& table, Screen screen);
/// Formats a table page by page in constant memory. The header comes once; columns are as wide as
/// the widest cell so far. Thread-safety: none.
class TablePages {
 public:
  explicit TablePages(Screen screen) : screen_(screen) {}
  /// Formats the next rows like `to_text`.
  [[nodiscard]] std::string page(const Table& table);

 private:
  void widen(const std::vector<std::string>& cells);

  Screen screen_;
  bool began_ = false;
  std::vector<std::size_t> widths_;
};

/// Escapes control characters, except line feeds and the codes of `coloured`. All text output
/// passes here, because names and errors of other machines could contain terminal sequences.
[[nodiscard]] std::string for_screen(std::string_view text);
/// Returns the text in that colour, or unchanged if the screen has no colours.
[[nodiscard]] std::string coloured(std::string_view text, Colour colour, Screen screen);
/// Formats a term: a string without quotes, a pid as such, anything else as JSON.
[[nodiscard]] std::string to_plain(const Value& value);

}  // namespace kith::cli
