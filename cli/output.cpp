// SPDX-License-Identifier: Apache-2.0
#include "cli/output.hpp"

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <unistd.h>
#include <utility>

#include "core/pid.hpp"
#include "core/printable.hpp"

namespace kith::cli {
namespace {

/// Counts UTF-8 characters: continuation bytes have no width.
std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::string_view code_of(Colour colour) {
  switch (colour) {
    case Colour::good:
      return "\x1B[32m";
    case Colour::warning:
      return "\x1B[33m";
    case Colour::bad:
      return "\x1B[31m";
    case Colour::dim:
      return "\x1B[2m";
    case Colour::none:
      break;
  }
  return "";
}

std::string line_of(const std::vector<Cell>& row, const std::vector<std::size_t>& widths,
                    Screen screen) {
  std::string line;
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (i > 0) line += "  ";
    const std::string text = printable(row[i].text);  // names come from other machines
    line += coloured(text, row[i].colour, screen);
    if (i + 1 < row.size()) line.append(widths[i] - std::min(widths[i], width_of(text)), ' ');
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
  return TablePages(screen).page(table);
}

std::string TablePages::page(const Table& table) {
  std::string text;
  const bool first = std::exchange(began_, true) == false;
  if (first && screen_.header) widen(table.columns);
  for (const auto& row : table.rows) {
    std::vector<std::string> cells;
    for (const Cell& cell : row) cells.push_back(printable(cell.text));
    widen(cells);
  }
  widths_.resize(std::max(widths_.size(), table.columns.size()));
  if (first && screen_.header) {
    std::vector<Cell> header;
    for (const std::string& column : table.columns) header.emplace_back(column, Colour::dim);
    text += line_of(header, widths_, screen_);
  }
  for (const auto& row : table.rows) text += line_of(row, widths_, screen_);
  return text;
}

void TablePages::widen(const std::vector<std::string>& cells) {
  widths_.resize(std::max(widths_.size(), cells.size()));
  for (std::size_t i = 0; i < cells.size(); ++i) {
    widths_[i] = std::max(widths_[i], width_of(cells[i]));
  }
}

std::string for_screen(std::string_view text) {
  constexpr std::string_view codes[] = {"\x1B[0m", "\x1B[2m", "\x1B[31m", "\x1B[32m", "\x1B[33m"};
  std::string shown;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < text.size();) {
    const auto* const code = std::ranges::find_if(
        codes, [&](std::string_view each) { return text.substr(i).starts_with(each); });
    const std::size_t kept = code != std::end(codes) ? code->size() : text[i] == '\n' ? 1 : 0;
    if (kept > 0) {
      shown += printable(text.substr(begin, i - begin));
      shown += text.substr(i, kept);
      begin = i + kept;
    }
    i += std::max<std::size_t>(kept, 1);
  }
  return shown + printable(text.substr(begin));
}

std::string coloured(std::string_view text, Colour colour, Screen screen) {
  if (!screen.colour || colour == Colour::none) return std::string(text);
  return std::string(code_of(colour)) + std::string(text) + "\x1B[0m";
}

std::string to_plain(const Value& value) {
  if (const auto* text = value.get_if<std::string>()) {
    // Escaped here, since `for_screen` lets the colours of the command pass.
    std::string shown;
    for (std::size_t begin = 0; begin <= text->size();) {
      const std::size_t end = std::min(text->find('\n', begin), text->size());
      shown += printable(std::string_view(*text).substr(begin, end - begin));
      if (end < text->size()) shown += '\n';
      begin = end + 1;
    }
    return shown;
  }
  if (const auto* pid = value.get_if<Pid>()) return to_string(*pid);
  return to_json(value);
}

}  // namespace kith::cli
