#pragma once

#include <string>
#include <string_view>

namespace kith::replay {

/// The text with each byte that is not UTF-8 written as one of the last 128 code points of Unicode,
/// which are private and mean nothing in a log: what reads UTF-8 only can then pass it on. Pure.
[[nodiscard]] std::string carry_bytes(std::string_view text);
/// The bytes back from what `carry_bytes` gave. Pure.
[[nodiscard]] std::string carry_back(std::string_view text);

}  // namespace kith::replay
