// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace kith::replay {

/// Encodes each byte that is not UTF-8 as one of the last 128 code points of Unicode, which are
/// private use and do not occur in logs, so that a parser that requires UTF-8 preserves it. Pure.
[[nodiscard]] std::string carry_bytes(std::string_view text);
/// Decodes the result of `carry_bytes`. Pure.
[[nodiscard]] std::string carry_back(std::string_view text);

}  // namespace kith::replay
