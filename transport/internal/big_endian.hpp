// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstddef>

#include "core/bytes.hpp"

namespace kith::transport::internal {

/// Appends a number, highest byte first.
template <std::unsigned_integral T>
void append_big_endian(Bytes& bytes, T number) {
  for (std::size_t i = sizeof(T); i > 0; --i) {
    bytes.push_back(static_cast<std::byte>(number >> (8 * (i - 1))));
  }
}

/// Reads the number at the beginning of `bytes`, which must be long enough.
template <std::unsigned_integral T>
T read_big_endian(BytesView bytes) {
  T number = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    number = static_cast<T>(number << 8U) | std::to_integer<T>(bytes[i]);
  }
  return number;
}

}  // namespace kith::transport::internal
