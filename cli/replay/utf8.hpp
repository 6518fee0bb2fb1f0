#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace kith::replay {

/// What stands at the beginning of a text: a character, or bytes that begin none.
struct Utf8Sequence {
  std::size_t length = 0;  ///< at least 1
  bool valid = false;
};

/// The UTF-8 sequence at the beginning of `text`, which must not be empty; when there is none, the
/// bytes that one U+FFFD stands for (Unicode, "maximal subpart"). Pure.
[[nodiscard]] Utf8Sequence utf8_sequence(std::string_view text);

/// The text with U+FFFD in place of what is not UTF-8. Pure.
[[nodiscard]] std::string replace_invalid_utf8(std::string_view text);

}  // namespace kith::replay
