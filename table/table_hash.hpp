// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "core/hash.hpp"
#include "core/value_hash.hpp"

namespace kith::table {

/// Hashes keys of tables: integers by mixing, strings (also as `std::string_view`), terms by
/// `ValueHash`, others by `std::hash` and mixing. Thread-safety: pure.
template <typename K>
struct TableHash {
  std::uint64_t operator()(const K& key) const {
    if constexpr (std::integral<K> || std::is_enum_v<K>)
      return mix_hash(static_cast<std::uint64_t>(key));
    else
      return mix_hash(std::hash<K>()(key));
  }
};
template <>
struct TableHash<Value> : ValueHash {};
template <>
struct TableHash<std::string> {
  std::uint64_t operator()(std::string_view key) const {
    return std::hash<std::string_view>()(key);
  }
};

/// Argument type of lookups: avoids a `std::string` per lookup.
template <typename K>
using LookupKey = std::conditional_t<std::is_same_v<K, std::string>, std::string_view, K>;

/// Returns the key of a row.
struct FirstOfPair {
  template <typename K, typename V>
  const K& operator()(const std::pair<K, V>& pair) const {
    return pair.first;
  }
};

}  // namespace kith::table
