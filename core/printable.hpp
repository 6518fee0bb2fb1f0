#pragma once

#include <string>
#include <string_view>

namespace kith {

/// Escapes what could steer a terminal or forge a line: control characters (C0, DEL, C1), marks
/// that change the direction of text, and bytes that are no UTF-8. A line feed becomes `\n`, ESC
/// `\x1b`. For each place where text from outside is printed. Thread-safety: pure.
[[nodiscard]] std::string printable(std::string_view text);

/// Puts a text from outside into an error: in single quotes, escaped, and cut with an ellipsis
/// after `limits::quoted_characters_max` characters. Thread-safety: pure.
[[nodiscard]] std::string in_quotes(std::string_view text);

}  // namespace kith
