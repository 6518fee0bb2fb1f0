// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace kith {

/// Returns the name that was probably meant by a mistyped one: the name with the fewest edits
/// (insertion, deletion, substitution, transposition of letters) if these are at most a third of
/// its length, or a name that starts with `typed`. Pure.
[[nodiscard]] std::optional<std::string> nearest_name(std::string_view typed,
                                                      std::span<const std::string> names);

/// Returns "; did you mean 'NAME'?", or an empty string if no name is near.
[[nodiscard]] std::string did_you_mean(std::string_view typed, std::span<const std::string> names);

}  // namespace kith
