#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/result.hpp"

/// What the formats of lines have in common. All functions are pure; texts they give are parts of
/// those they are given.
namespace kith::replay {

/// Whether this is a space or one of the control characters for white space, in any locale.
[[nodiscard]] constexpr bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}
[[nodiscard]] constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Whether there is nothing but white space.
[[nodiscard]] bool is_blank(std::string_view text);
/// The text without white space at its end.
[[nodiscard]] std::string_view trim_end(std::string_view text);
/// The first of several addresses with commas between them, without spaces around it; a text
/// without a comma as it stands.
[[nodiscard]] std::string_view first_address(std::string_view list);
/// The second word of a request ("GET /a HTTP/1.1"), empty when it has none.
[[nodiscard]] std::string_view second_word(std::string_view request);

/// The number of a status of three digits.
[[nodiscard]] std::optional<std::uint16_t> parse_status(std::string_view text);
/// The same for a status in a line: `-`, `0` and nothing stand for none, whose number is 0. Errors:
/// `decode`, also when there is none and one is required.
[[nodiscard]] Result<std::uint16_t> status_of(std::string_view text, bool required);

}  // namespace kith::replay
