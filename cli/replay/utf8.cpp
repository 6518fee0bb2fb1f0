// SPDX-License-Identifier: Apache-2.0
#include "cli/replay/utf8.hpp"

namespace kith::replay {
namespace {

/// The sequences after a first byte: their length, and the range of the second byte.
struct Shape {
  std::size_t length = 0;
  unsigned second_min = 0x80;
  unsigned second_max = 0xBF;
};

Shape shape_of(unsigned first) {
  if (first < 0x80) return {.length = 1};
  if (first < 0xC2) return {};
  if (first < 0xE0) return {.length = 2};
  if (first == 0xE0) return {.length = 3, .second_min = 0xA0};  // else overlong
  if (first == 0xED) return {.length = 3, .second_max = 0x9F};  // else a surrogate
  if (first < 0xF0) return {.length = 3};
  if (first == 0xF0) return {.length = 4, .second_min = 0x90};  // else overlong
  if (first == 0xF4) return {.length = 4, .second_max = 0x8F};  // else beyond U+10FFFF
  if (first < 0xF4) return {.length = 4};
  return {};
}

}  // namespace

Utf8Sequence utf8_sequence(std::string_view text) {
  const Shape shape = shape_of(static_cast<unsigned char>(text.front()));
  if (shape.length == 0) return {.length = 1};
  for (std::size_t i = 1; i < shape.length; ++i) {
    if (i >= text.size()) return {.length = i};
    const unsigned byte = static_cast<unsigned char>(text[i]);
    const unsigned min = i == 1 ? shape.second_min : 0x80;
    const unsigned max = i == 1 ? shape.second_max : 0xBF;
    if (byte < min || byte > max) return {.length = i};
  }
  return {.length = shape.length, .valid = true};
}

std::string replace_invalid_utf8(std::string_view text) {
  std::string replaced;
  replaced.reserve(text.size());
  while (!text.empty()) {
    const Utf8Sequence sequence = utf8_sequence(text);
    replaced += sequence.valid ? text.substr(0, sequence.length) : "\xEF\xBF\xBD";
    text.remove_prefix(sequence.length);
  }
  return replaced;
}

}  // namespace kith::replay
