// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/error.hpp"
#include "core/node_id.hpp"
#include "core/value.hpp"
#include "core/wire.hpp"
#include "core/wire_concepts.hpp"
#include "core/wire_fields.hpp"

/// Encodes C++ types: `wire_write(writer, x)` and `wire_read(reader, x)` exist for the types below,
/// for enums, and for each struct with `KITH_WIRE` or `KITH_FIELDS`. Reading does not throw and
/// does not trust sizes; errors are recorded in the reader.
namespace kith {

inline void wire_write(WireWriter& w, bool v) {
  w.boolean(v);
}
inline void wire_read(WireReader& r, bool& v) {
  v = r.boolean();
}
template <std::integral T>
  requires(!std::same_as<T, bool>)
void wire_write(WireWriter& w, T v) {
  w.integer(static_cast<std::int64_t>(v));  // uint64_t is sent as its two's complement
}
template <std::integral T>
  requires(!std::same_as<T, bool>)
void wire_read(WireReader& r, T& v) {
  const std::int64_t number = r.integer();
  if constexpr (sizeof(T) < sizeof(std::int64_t)) {
    if (number < static_cast<std::int64_t>(std::numeric_limits<T>::min()) ||
        number > static_cast<std::int64_t>(std::numeric_limits<T>::max())) {
      r.fail("the number " + std::to_string(number) + " is out of range");
      return;
    }
  }
  v = static_cast<T>(number);
}
inline void wire_write(WireWriter& w, double v) {
  w.real(v);
}
inline void wire_read(WireReader& r, double& v) {
  v = r.real();
}
inline void wire_write(WireWriter& w, const std::string& v) {
  w.text(v);
}
inline void wire_read(WireReader& r, std::string& v) {
  v = r.text();
}
inline void wire_write(WireWriter& w, const Bytes& v) {
  w.bytes(v);
}
inline void wire_read(WireReader& r, Bytes& v) {
  v = r.bytes();
}
inline void wire_write(WireWriter& w, const Pid& v) {
  w.pid(v);
}
inline void wire_read(WireReader& r, Pid& v) {
  v = r.pid();
}
inline void wire_write(WireWriter& w, const Reference& v) {
  w.reference(v);
}
inline void wire_read(WireReader& r, Reference& v) {
  v = r.reference();
}
template <typename T>
  requires std::is_enum_v<T>
void wire_write(WireWriter& w, T v) {
  w.integer(static_cast<std::int64_t>(std::to_underlying(v)));
}
/// Checks the range of the underlying type only: validate enums from outside before a switch.
template <typename T>
  requires std::is_enum_v<T>
void wire_read(WireReader& r, T& v) {
  std::underlying_type_t<T> number{};
  wire_read(r, number);
  v = static_cast<T>(number);
}
/// Writes a duration as nanoseconds.
template <typename R, typename P>
void wire_write(WireWriter& w, std::chrono::duration<R, P> v) {
  w.integer(std::chrono::duration_cast<std::chrono::nanoseconds>(v).count());
}
template <typename R, typename P>
void wire_read(WireReader& r, std::chrono::duration<R, P>& v) {
  v = std::chrono::duration_cast<std::chrono::duration<R, P>>(
      std::chrono::nanoseconds(r.integer()));
}

// Containers, declared first, so that they nest.

template <typename T>
void wire_write(WireWriter& w, const std::optional<T>& v);
template <typename T>
void wire_read(WireReader& r, std::optional<T>& v);
template <typename T>
  requires CanTravel<T>
void wire_write(WireWriter& w, const std::vector<T>& v);
template <typename T>
  requires CanTravel<T>
void wire_read(WireReader& r, std::vector<T>& v);
template <typename T, typename C>
void wire_write(WireWriter& w, const std::map<std::string, T, C>& v);
template <typename T, typename C>
void wire_read(WireReader& r, std::map<std::string, T, C>& v);
template <typename A, typename B>
void wire_write(WireWriter& w, const std::pair<A, B>& v);
template <typename A, typename B>
void wire_read(WireReader& r, std::pair<A, B>& v);

/// Writes an absent optional as null.
template <typename T>
void wire_write(WireWriter& w, const std::optional<T>& v) {
  if (v)
    wire_write(w, *v);
  else
    w.null();
}
template <typename T>
void wire_read(WireReader& r, std::optional<T>& v) {
  if (r.peek() == WireReader::Kind::null) {
    r.null();
    v.reset();
    return;
  }
  wire_read(r, v.emplace());
}
template <typename T>
  requires CanTravel<T>
void wire_write(WireWriter& w, const std::vector<T>& v) {
  w.begin_array(v.size());
  for (const auto& element : v) wire_write(w, element);
}
template <typename T>
  requires CanTravel<T>
void wire_read(WireReader& r, std::vector<T>& v) {
  v.clear();
  for (std::size_t left = r.begin_array(); left > 0 && !r.error(); --left) {
    T element{};
    wire_read(r, element);
    v.push_back(std::move(element));
  }
}
template <typename T, typename C>
void wire_write(WireWriter& w, const std::map<std::string, T, C>& v) {
  w.begin_map(v.size());
  for (const auto& [key, field] : v) {
    w.text(key);
    wire_write(w, field);
  }
}
template <typename T, typename C>
void wire_read(WireReader& r, std::map<std::string, T, C>& v) {
  v.clear();
  for (std::size_t left = r.begin_map(); left > 0 && !r.error(); --left) {
    std::string key = r.text();
    T field{};
    wire_read(r, field);
    v.insert_or_assign(std::move(key), std::move(field));
  }
}
template <typename A, typename B>
void wire_write(WireWriter& w, const std::pair<A, B>& v) {
  w.begin_array(2);
  wire_write(w, v.first);
  wire_write(w, v.second);
}
template <typename A, typename B>
void wire_read(WireReader& r, std::pair<A, B>& v) {
  if (r.begin_array() != 2) return r.fail("a pair has two elements");
  wire_read(r, v.first);
  wire_read(r, v.second);
}

}  // namespace kith
