// SPDX-License-Identifier: Apache-2.0
#include "cli/replay/line_text.hpp"

#include <algorithm>

namespace kith::replay {

bool is_blank(std::string_view text) {
  return std::ranges::all_of(text, is_space);
}

std::string_view trim_end(std::string_view text) {
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

std::string_view first_address(std::string_view list) {
  if (!list.contains(',')) return list;
  while (true) {
    const std::size_t end = list.find(',');
    std::string_view first = trim_end(list.substr(0, end));
    first.remove_prefix(std::min(first.find_first_not_of(' '), first.size()));
    if (!first.empty() || end == std::string_view::npos) return first;
    list.remove_prefix(end + 1);
  }
}

std::string_view second_word(std::string_view request) {
  std::string_view word;
  for (int i = 0; i < 2; ++i) {
    const auto begin = std::ranges::find_if_not(request, is_space);
    const auto end = std::find_if(begin, request.end(), is_space);
    word = {begin, end};
    request = {end, request.end()};
  }
  return word;
}

std::optional<std::uint16_t> parse_status(std::string_view text) {
  if (text.size() != 3 || !std::ranges::all_of(text, is_digit)) return std::nullopt;
  std::uint16_t status = 0;
  for (const char c : text) status = static_cast<std::uint16_t>(status * 10 + (c - '0'));
  return status;
}

Result<std::uint16_t> status_of(std::string_view text, bool required) {
  if (const auto status = parse_status(text)) return *status;
  const bool none = text.empty() || text == "-" || text == "0";
  if (!none) return {ErrorCode::decode, "the status is not three digits"};
  if (required) return {ErrorCode::decode, "the status is missing, and breakers need it"};
  return std::uint16_t{0};
}

}  // namespace kith::replay
