#pragma once

#include <string>
#include <string_view>

#include "core/value.hpp"

namespace kith {

/// Some bytes for a term, the same for two terms exactly when these are equal: short keys are
/// compared where they are, without a look at what an array points to. Not for the wire, and never
/// read back. Thread-safety: pure.
[[nodiscard]] std::string key_bytes(const Value& key);
/// The bytes for a text.
[[nodiscard]] std::string key_bytes(std::string_view text);

}  // namespace kith
