// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <string_view>

#include "core/wire.hpp"

/// Concepts of types whose values can be sent between nodes.
namespace kith {

/// A struct that lists its fields with `KITH_WIRE` or `KITH_FIELDS`.
template <typename T>
concept HasFields = requires(T& value) {
  { T::kith_field_names() } -> std::convertible_to<std::string_view>;
  value.kith_tie();
};
/// A struct that also has a wire name, i.e. a message that may cross nodes.
template <typename T>
concept WireMessageType = HasFields<T> && requires {
  { T::kith_wire_name() } -> std::convertible_to<std::string_view>;
};

/// A type with both wire functions: its values can cross nodes.
template <typename T>
concept CanTravel = requires(WireWriter& w, WireReader& r, T& value, const T& constant) {
  wire_write(w, constant);
  wire_read(r, value);
};

}  // namespace kith
