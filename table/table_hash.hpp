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

/// How a table hashes its keys: numbers by mixing, texts as texts (also a `std::string_view` for a
/// `std::string`), terms as terms, all else by `std::hash`. Thread-safety: pure.
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

/// What keys are looked up by.
template <typename K>
using LookupKey = std::conditional_t<std::is_same_v<K, std::string>, std::string_view, K>;

/// The key of a pair.
struct FirstOfPair {
  template <typename K, typename V>
  const K& operator()(const std::pair<K, V>& pair) const {
    return pair.first;
  }
};

}  // namespace kith::table
