// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/wire_concepts.hpp"

/// Compile-time checks of types that are sent between nodes, each with one error that names the
/// type. Included by core/wire_fields.hpp.
namespace kith::wire_detail {

/// Requires both wire functions for the type of a field, looking into containers. A nested struct
/// is checked where its own fields are written.
template <typename Field>
struct FieldCheck {
  static consteval bool passes() {
    constexpr bool travels = CanTravel<Field>;
    static_assert(travels,
                  "a field or reply has a type that cannot travel between nodes: add "
                  "KITH_FIELDS(...) to the struct, or use a type of core/wire_types.hpp");
    return travels;
  }
};
template <typename T>
struct FieldCheck<std::optional<T>> : FieldCheck<T> {};
template <typename T>
  requires(!std::is_same_v<T, std::byte>)
struct FieldCheck<std::vector<T>> : FieldCheck<T> {};
template <typename T, typename C>
struct FieldCheck<std::map<std::string, T, C>> : FieldCheck<T> {};
template <typename A, typename B>
struct FieldCheck<std::pair<A, B>> {
  static consteval bool passes() { return FieldCheck<A>::passes() && FieldCheck<B>::passes(); }
};

/// Converts to a field of any type; never called.
struct AnyField {
  template <typename T>
  operator T() const;  // NOLINT(google-explicit-constructor)
};

template <typename T, typename... Fields>
concept InitialisedFrom = requires { T{Fields()...}; };

/// True if an aggregate takes more initialisers than its list has names. A class that is not an
/// aggregate may list any of its fields.
template <typename T, std::size_t... Listed>
consteval bool leaves_out_fields(std::index_sequence<Listed...>) {
  if constexpr (std::is_aggregate_v<T>)
    return InitialisedFrom<T, decltype(Listed, AnyField())..., AnyField>;
  else
    return false;
}

template <typename Tie>
struct TieCheck;
template <typename... Fields>
struct TieCheck<std::tuple<Fields&...>> {
  static consteval bool passes() {
    return (FieldCheck<std::remove_const_t<Fields>>::passes() && ...);
  }
};

/// Checks the list of fields of a struct.
template <typename Struct>
consteval bool check_fields() {
  using Tie = decltype(std::declval<Struct&>().kith_tie());
  constexpr bool complete =
      !leaves_out_fields<Struct>(std::make_index_sequence<std::tuple_size_v<Tie>>());
  static_assert(complete, "KITH_WIRE or KITH_FIELDS leaves out a field of this struct");
  return TieCheck<Tie>::passes() && complete;
}

/// Requires that a message and its reply can cross nodes.
template <typename Message>
consteval bool check_message() {
  constexpr bool is_wire_message = WireMessageType<Message>;
  static_assert(is_wire_message,
                "a message of the Protocol cannot leave its node: add "
                "KITH_WIRE(\"name\", fields...) to the struct");
  if constexpr (requires { typename Message::Reply; }) {
    if constexpr (!std::is_void_v<typename Message::Reply>)
      return FieldCheck<typename Message::Reply>::passes();
  }
  return true;
}

}  // namespace kith::wire_detail
