#include "cli/output.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "core/pid.hpp"

namespace kith::cli {
namespace {

/// Characters, not bytes: what begins no UTF-8 sequence takes no place.
std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

std::string_view code_of(Colour colour) {
  switch (colour) {
    case Colour::good: return "\x1B[32m";
    case Colour::warning: return "\x1B[33m";
    case Colour::bad: return "\x1B[31m";
    case Colour::dim: return "\x1B[2m";
    case Colour::none: break;
  }
  return "";
}

std::vector<std::size_t> widths_of(const Table& table, bool header) {
  std::vector<std::size_t> widths(table.columns.size());
  for (std::size_t i = 0; i < widths.size(); ++i) {
    if (header) widths[i] = width_of(table.columns[i]);
    for (const auto& row : table.rows) {
      if (i < row.size()) widths[i] = std::max(widths[i], width_of(row[i].text));
    }
  }
  return widths;
}

/// Names come from other machines: they must not steer the terminal.
std::string printable(std::string text) {
  std::ranges::replace_if(
      text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, '?');
  return text;
}

std::string line_of(const std::vector<Cell>& row, const std::vector<std::size_t>& widths,
                    Screen screen) {
  std::string line;
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (i > 0) line += "  ";
    line += coloured(printable(row[i].text), row[i].colour, screen);
    if (i + 1 < row.size()) line.append(widths[i] - width_of(row[i].text), ' ');
  }
  line.erase(line.find_last_not_of(' ') + 1);  // after a last cell that is empty
  return line + "\n";
}

}  // namespace

Screen Screen::standard_output() {
  const bool terminal = isatty(STDOUT_FILENO) == 1;
  const char* no_colour = std::getenv("NO_COLOR");
  const char* kind = std::getenv("TERM");
  const bool plain = (no_colour != nullptr && *no_colour != '\0') ||
                     (kind != nullptr && std::string_view(kind) == "dumb");
  return {.header = terminal, .colour = terminal && !plain};
}

std::string to_text(const Table& table, Screen screen) {
  const std::vector<std::size_t> widths = widths_of(table, screen.header);
  std::string text;
  if (screen.header) {
    std::vector<Cell> header;
    for (const std::string& column : table.columns) header.emplace_back(column, Colour::dim);
    text += line_of(header, widths, screen);
  }
  for (const auto& row : table.rows) text += line_of(row, widths, screen);
  return text;
}

std::string coloured(std::string_view text, Colour colour, Screen screen) {
  if (!screen.colour || colour == Colour::none) return std::string(text);
  return std::string(code_of(colour)) + std::string(text) + "\x1B[0m";
}

std::string to_plain(const Value& value) {
  if (const auto* text = value.get_if<std::string>()) return *text;
  if (const auto* pid = value.get_if<Pid>()) return to_string(*pid);
  return to_json(value);
}

}  // namespace kith::cli
