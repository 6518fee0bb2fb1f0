// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace kith {

/// Escapes characters that could control a terminal or forge a line: control characters (C0, DEL,
/// C1), bidirectional marks, and bytes that are not UTF-8. A line feed becomes `\n`, ESC `\x1b`.
/// Used wherever text from outside is printed. Thread-safety: pure.
[[nodiscard]] std::string printable(std::string_view text);

/// Quotes a string from outside for an error text: in single quotes, escaped, and cut with an
/// ellipsis after `limits::quoted_characters_max` characters. Thread-safety: pure.
[[nodiscard]] std::string in_quotes(std::string_view text);

}  // namespace kith
