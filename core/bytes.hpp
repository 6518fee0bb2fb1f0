// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace kith {

/// Owned raw bytes.
using Bytes = std::vector<std::byte>;
/// Borrowed raw bytes.
using BytesView = std::span<const std::byte>;

/// Returns the bytes of a string, borrowed.
inline BytesView as_bytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}
/// Returns the bytes as a string, borrowed; they may be in any encoding.
inline std::string_view as_text(BytesView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
/// Returns a copy of borrowed bytes.
inline Bytes to_owned(BytesView bytes) {
  return {bytes.begin(), bytes.end()};
}

}  // namespace kith
