// SPDX-License-Identifier: Apache-2.0
#include "cli/replay/log_line.hpp"

#include <algorithm>
#include <cstddef>

#include "cli/replay/line_text.hpp"

namespace kith::replay {
namespace {

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

}  // namespace

std::string breaker_name(std::string_view path) {
  path = path.substr(0, path.find_first_of("?#"));
  const std::size_t scheme = path.find("://");
  const bool absolute = scheme != std::string_view::npos && is_letter(path.front()) &&
                        std::ranges::all_of(path.substr(0, scheme), [](char c) {
                          return is_letter(c) || is_digit(c) || c == '+' || c == '-' || c == '.';
                        });
  if (absolute) {
    path.remove_prefix(scheme + 3);
    path.remove_prefix(std::min(path.find('/'), path.size()));
  }
  if (path.starts_with('/')) path.remove_prefix(1);
  return '/' + std::string(path.substr(0, path.find('/')));
}

}  // namespace kith::replay
