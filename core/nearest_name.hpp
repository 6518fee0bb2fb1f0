#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace kith {

/// The name that a mistyped one was probably meant to be: the one with the fewest edits (a letter
/// more, less, another, or two swapped), when that is at most a third of its length, or one that
/// begins with what was typed. Pure.
[[nodiscard]] std::optional<std::string> nearest_name(std::string_view typed,
                                                      std::span<const std::string> names);

/// "; did you mean 'NAME'?", or nothing when no name is near.
[[nodiscard]] std::string did_you_mean(std::string_view typed, std::span<const std::string> names);

}  // namespace kith
