// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/result.hpp"

/// Functions that all formats of lines use. All are pure; the texts that they return are parts of
/// those they are given.
namespace kith::replay {

/// Returns whether a character is ASCII white space, independent of the locale.
[[nodiscard]] constexpr bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}
[[nodiscard]] constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Returns whether a text is empty or only white space.
[[nodiscard]] bool is_blank(std::string_view text);
/// Returns the text without white space at its end.
[[nodiscard]] std::string_view trim_end(std::string_view text);
/// Returns the first address of a comma-separated list, without spaces around it, or an unchanged
/// text without a comma.
[[nodiscard]] std::string_view first_address(std::string_view list);
/// Returns the second word of a request ("GET /a HTTP/1.1"), or an empty text.
[[nodiscard]] std::string_view second_word(std::string_view request);

/// Parses a status of exactly three digits; returns nullopt for any other text.
[[nodiscard]] std::optional<std::uint16_t> parse_status(std::string_view text);
/// Parses the status field of a line. Returns 0 for `-`, `0` and an empty text, which mean no
/// status. Errors: `decode`, also for a missing status that is required.
[[nodiscard]] Result<std::uint16_t> status_of(std::string_view text, bool required);

}  // namespace kith::replay
