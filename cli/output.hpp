#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/value.hpp"

namespace kith::cli {

/// How a text stands out on a terminal.
enum class Colour : std::uint8_t { none, good, warning, bad, dim };

/// One place of a table. Thread-safety: plain value.
struct Cell {
  Cell(std::string content, Colour look = Colour::none)  // NOLINT(google-explicit-constructor)
      : text(std::move(content)), colour(look) {}
  Cell(const char* content, Colour look = Colour::none)  // NOLINT(google-explicit-constructor)
      : text(content), colour(look) {}
  std::string text;
  Colour colour = Colour::none;
};

/// What the place that is written to can show. Thread-safety: plain value.
struct Screen {
  bool header = false;  ///< tables begin with the names of their columns
  bool colour = false;

  /// Standard output: both on a terminal only; no colour with NO_COLOR or TERM=dumb.
  [[nodiscard]] static Screen standard_output();
};

/// Rows under column names. Thread-safety: plain value.
struct Table {
  std::vector<std::string> columns;
  std::vector<std::vector<Cell>> rows;
};

/// The table with aligned columns, two spaces apart, each line ending with a line feed.
[[nodiscard]] std::string to_text(const Table& table, Screen screen);
/// The pages of a table that is too long to be kept: the header once, columns as wide as they had
/// to be so far. Thread-safety: none.
class TablePages {
 public:
  explicit TablePages(Screen screen) : screen_(screen) {}
  /// The lines of the next rows, as `to_text` gives them.
  [[nodiscard]] std::string page(const Table& table);

 private:
  void widen(const std::vector<std::string>& cells);

  Screen screen_;
  bool began_ = false;
  std::vector<std::size_t> widths_;
};

/// Escapes what could steer the terminal in a text for people, but for line feeds and the codes of
/// `coloured`: everything that is written passes here.
[[nodiscard]] std::string for_screen(std::string_view text);
/// The text in that colour when the screen has colours.
[[nodiscard]] std::string coloured(std::string_view text, Colour colour, Screen screen);
/// A term for people: a text as it is, anything else as JSON.
[[nodiscard]] std::string to_plain(const Value& value);

}  // namespace kith::cli
