// SPDX-License-Identifier: Apache-2.0
#include "cli/replay/wire_name.hpp"

#include <fmt/format.h>

namespace kith::replay {

// A name of exactly `size_max` bytes is shortened too, so it cannot equal a shortened one.
std::string wire_name(const std::string& name, std::uint64_t number, std::size_t size_max) {
  if (name.size() < size_max) return name;
  const std::string mark = fmt::format("#{:016x}", number);
  return name.substr(0, size_max - mark.size()) + mark;
}

}  // namespace kith::replay
