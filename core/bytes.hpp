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

/// The bytes of a text, borrowed.
inline BytesView as_bytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}
/// The text made of these bytes, borrowed; no claim about its encoding.
inline std::string_view as_text(BytesView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
/// A copy of borrowed bytes.
inline Bytes to_owned(BytesView bytes) {
  return {bytes.begin(), bytes.end()};
}

}  // namespace kith
