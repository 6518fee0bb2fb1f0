// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace kith::replay {

/// The start of a text: a UTF-8 character, or bytes that are not one.
struct Utf8Sequence {
  std::size_t length = 0;  ///< at least 1
  bool valid = false;
};

/// Returns the UTF-8 sequence at the start of `text`, which must not be empty, or else the bytes
/// that one U+FFFD replaces (Unicode, "maximal subpart"). Pure.
[[nodiscard]] Utf8Sequence utf8_sequence(std::string_view text);

/// Replaces invalid UTF-8 with U+FFFD. Pure.
[[nodiscard]] std::string replace_invalid_utf8(std::string_view text);

}  // namespace kith::replay
