// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace kith {

/// Mixes the bits of a 64-bit value (the finaliser of MurmurHash3, Appleby). The result is the same
/// on every machine: the placement of partitions depends on it.
constexpr std::uint64_t mix_hash(std::uint64_t value) {
  value ^= value >> 33U;
  value *= 0xff51afd7ed558ccdULL;
  value ^= value >> 33U;
  value *= 0xc4ceb9fe1a85ec53ULL;
  value ^= value >> 33U;
  return value;
}

/// Returns a 64-bit hash of a string (FNV-1a, then mixed). It is the same on every machine and in
/// every version, since it selects the partition of a key. Not for hostile keys in hash tables.
constexpr std::uint64_t stable_hash(std::string_view text, std::uint64_t seed = 0) {
  std::uint64_t hash = 0xcbf29ce484222325ULL ^ mix_hash(seed);
  for (const char c : text) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3ULL;
  }
  return mix_hash(hash);
}

}  // namespace kith
