// SPDX-License-Identifier: Apache-2.0
#include "core/pid.hpp"

#include <charconv>

#include <fmt/format.h>

namespace kith {
namespace {

template <typename T>
bool take_number(std::string_view& text, T& out, int base) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out, base);
  if (error != std::errc{}) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

bool take(std::string_view& text, char expected) {
  if (text.empty() || text.front() != expected) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

std::string to_string(const Pid& pid) {
  return fmt::format("<{:x}.{}.{}>", pid.node, pid.index, pid.generation);
}

std::string to_string(const Reference& reference) {
  return fmt::format("#Ref<{:x}.{}>", reference.node, reference.id);
}

std::optional<Pid> pid_from_string(std::string_view text) {
  Pid pid;
  const bool good = take(text, '<') && take_number(text, pid.node, 16) && take(text, '.') &&
                    take_number(text, pid.index, 10) && take(text, '.') &&
                    take_number(text, pid.generation, 10) && take(text, '>') && text.empty();
  if (!good) return std::nullopt;
  return pid;
}

}  // namespace kith
