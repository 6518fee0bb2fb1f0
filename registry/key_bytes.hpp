// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "core/value.hpp"

namespace kith {

/// Returns bytes that are equal for two terms if and only if the terms are equal, so that keys can
/// be hashed and compared as strings (short ones inline, without following pointers of an array).
/// Not for the wire; never decoded. Thread-safety: pure.
[[nodiscard]] std::string key_bytes(const Value& key);
/// Returns the bytes of a string.
[[nodiscard]] std::string key_bytes(std::string_view text);

}  // namespace kith
