// SPDX-License-Identifier: Apache-2.0
#include "core/printable.hpp"

#include <cstddef>
#include <cstdint>

#include <fmt/format.h>

#include "core/limits.hpp"

namespace kith {
namespace {

struct Character {
  std::uint32_t code = 0;
  std::size_t size_bytes = 0;  ///< 0: not UTF-8
};

/// The smallest code per length in bytes: overlong forms of smaller codes are not UTF-8.
constexpr std::uint32_t code_min[] = {0, 0, 0x80, 0x800, 0x10000};

std::size_t sequence_size(unsigned char first) {
  if (first < 0x80) return 1;
  if ((first & 0xE0U) == 0xC0) return 2;
  if ((first & 0xF0U) == 0xE0) return 3;
  return (first & 0xF8U) == 0xF0 ? 4 : 0;
}

Character first_character(std::string_view text) {
  const auto first = static_cast<unsigned char>(text.front());
  const std::size_t size = sequence_size(first);
  if (size == 1) return {first, 1};
  if (size == 0 || size > text.size()) return {};
  std::uint32_t code = first & (0xFFU >> (size + 1));
  for (const char each : text.substr(1, size - 1)) {
    const auto next = static_cast<unsigned char>(each);
    if ((next & 0xC0U) != 0x80) return {};
    code = (code << 6U) | (next & 0x3FU);
  }
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  if (code < code_min[size] || code > 0x10FFFF || surrogate) return {};
  return {code, size};
}

bool steers(std::uint32_t code) {
  const bool control = code < 0x20 || (code >= 0x7F && code < 0xA0);
  const bool separator = code == 0x2028 || code == 0x2029;
  const bool direction = code == 0x200E || code == 0x200F || (code >= 0x202A && code <= 0x202E) ||
                         (code >= 0x2066 && code <= 0x2069);
  return control || separator || direction;
}

std::string escaped(std::uint32_t code) {
  if (code == '\n') return "\\n";
  if (code == '\t') return "\\t";
  if (code == '\r') return "\\r";
  return code < 0x100 ? fmt::format("\\x{:02x}", code) : fmt::format("\\u{:04x}", code);
}

/// Moves the first character of `rest` to the end of `shown`.
void take_character(std::string_view& rest, std::string& shown) {
  const Character next = first_character(rest);
  if (next.size_bytes == 0) {
    shown += escaped(static_cast<unsigned char>(rest.front()));
    rest.remove_prefix(1);
    return;
  }
  if (steers(next.code))
    shown += escaped(next.code);
  else
    shown += rest.substr(0, next.size_bytes);
  rest.remove_prefix(next.size_bytes);
}

}  // namespace

std::string printable(std::string_view text) {
  std::string shown;
  shown.reserve(text.size());
  while (!text.empty()) take_character(text, shown);
  return shown;
}

std::string in_quotes(std::string_view text) {
  std::string shown = "'";
  for (std::size_t i = 0; i < limits::quoted_characters_max && !text.empty(); ++i) {
    take_character(text, shown);
  }
  return shown + (text.empty() ? "'" : "…'");
}

}  // namespace kith
