// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

#include "core/wire_checks.hpp"
#include "core/wire_concepts.hpp"

/// Encodes structs, and defines the macros that list their fields. core/wire_types.hpp includes it
/// and encodes the types of fields.
namespace kith {

namespace wire_detail {

/// Splits the field names of a struct, "a, b, c", at commas and trims white space.
template <std::size_t N>
constexpr std::array<std::string_view, N> split_names(std::string_view list) {
  std::array<std::string_view, N> names;
  for (std::size_t i = 0; i < N; ++i) {
    const std::size_t comma = list.find(',');
    std::string_view name = list.substr(0, comma);
    while (!name.empty() && name.front() == ' ') name.remove_prefix(1);
    while (!name.empty() && name.back() == ' ') name.remove_suffix(1);
    names[i] = name;
    list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
  }
  return names;
}

template <typename T>
inline constexpr bool is_optional = false;
template <typename T>
inline constexpr bool is_optional<std::optional<T>> = true;

template <typename T>
auto fields_of(T& v) {
  using Tie = decltype(v.kith_tie());
  return split_names<std::tuple_size_v<Tie>>(T::kith_field_names());
}

template <typename T>
void write_fields(WireWriter& w, const T& v) {
  const auto names = fields_of(v);
  w.begin_map(names.size());
  std::apply(
      [&](const auto&... field) {
        std::size_t i = 0;
        ((w.text(names[i++]), wire_write(w, field)), ...);
      },
      v.kith_tie());
}

template <typename T>
void read_fields(WireReader& r, T& v) {
  const auto names = fields_of(v);
  std::array<bool, names.size() + 1> seen{};
  for (std::size_t left = r.begin_map(); left > 0 && !r.error(); --left) {
    const std::string key = r.text();
    std::size_t i = 0;
    bool known = false;
    const auto try_field = [&](auto& field) {
      if (!known && names[i] == key) {
        known = true;
        seen[i] = true;
        wire_read(r, field);
      }
      ++i;
    };
    std::apply([&](auto&... field) { (try_field(field), ...); }, v.kith_tie());
    if (!known) r.skip();
  }
  std::size_t i = 0;
  const auto require = [&]<typename F>(F&) {
    if (!seen[i] && !is_optional<F>) {
      r.fail("the field '" + std::string(names[i]) + "' is missing");
    }
    ++i;
  };
  if (!r.error()) std::apply([&](auto&... field) { (require(field), ...); }, v.kith_tie());
}

}  // namespace wire_detail

/// Writes a struct as a map from field names to values.
template <HasFields T>
void wire_write(WireWriter& w, const T& v) {
  if constexpr (wire_detail::check_fields<T>()) wire_detail::write_fields(w, v);
}

/// Reads a struct from a map with its fields in any order. Skips unknown fields (a newer peer may
/// send more); a missing one that is not optional is an error that names it.
template <HasFields T>
void wire_read(WireReader& r, T& v) {
  if constexpr (wire_detail::check_fields<T>()) wire_detail::read_fields(r, v);
}

}  // namespace kith

/// Inside a struct: lists its fields, so that it can be part of messages.
///
///     struct Item {
///       std::string name;
///       int amount = 0;
///       KITH_FIELDS(name, amount)
///     };
///     struct Deliver {
///       std::vector<Item> items;
///       KITH_WIRE("shop.deliver", items)
///     };
///
/// Works in local structs too, which may not have member templates; hence the string and the plain
/// functions.
#define KITH_FIELDS(...)                                 \
  static constexpr std::string_view kith_field_names() { \
    return #__VA_ARGS__;                                 \
  }                                                      \
  auto kith_tie() {                                      \
    return std::tie(__VA_ARGS__);                        \
  }                                                      \
  auto kith_tie() const {                                \
    return std::tie(__VA_ARGS__);                        \
  }

/// Inside a message struct: sets its name on the wire and lists its fields, as in
/// `KITH_WIRE("settings.put", key, value)`. For a message without fields: `KITH_WIRE("ping")`.
#define KITH_WIRE(name, ...)                           \
  static constexpr std::string_view kith_wire_name() { \
    return name;                                       \
  }                                                    \
  KITH_FIELDS(__VA_ARGS__)
