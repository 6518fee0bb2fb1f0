// SPDX-License-Identifier: Apache-2.0
#include "cli/replay/byte_carrier.hpp"

#include <cstddef>

#include "cli/replay/utf8.hpp"

namespace kith::replay {
namespace {

constexpr std::string_view carrier = "\xF4\x8F";  // U+10FF80 is F4 8F BE 80

unsigned byte_at(std::string_view text, std::size_t i) {
  return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
}

}  // namespace

std::string carry_bytes(std::string_view line) {
  std::string carried;
  carried.reserve(line.size() + 16);
  while (!line.empty()) {
    const Utf8Sequence sequence = utf8_sequence(line);
    if (sequence.valid) carried += line.substr(0, sequence.length);
    for (std::size_t i = 0; !sequence.valid && i < sequence.length; ++i) {
      const unsigned byte = byte_at(line, i);
      carried += carrier;
      carried += static_cast<char>(byte < 0xC0 ? 0xBE : 0xBF);
      carried += static_cast<char>(0x80U | (byte & 0x3FU));
    }
    line.remove_prefix(sequence.length);
  }
  return carried;
}

std::string carry_back(std::string_view text) {
  std::string bytes;
  for (std::size_t at = text.find(carrier); at != std::string_view::npos; at = text.find(carrier)) {
    bytes += text.substr(0, at);
    const unsigned third = byte_at(text, at + 2);
    if (third >= 0xBE) {
      const unsigned high = third == 0xBE ? 0x80U : 0xC0U;
      bytes += static_cast<char>(high | (byte_at(text, at + 3) & 0x3FU));
    } else {
      bytes += text.substr(at, 4);
    }
    text.remove_prefix(at + 4);
  }
  bytes += text;
  return bytes;
}

}  // namespace kith::replay
