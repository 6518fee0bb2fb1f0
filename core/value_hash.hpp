// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "core/hash.hpp"
#include "core/value.hpp"
#include "core/value_json.hpp"

namespace kith {

/// Hashes a term: terms that are equal by `==` have equal hashes, the same on every machine.
/// Thread-safety: pure.
struct ValueHash {
  std::uint64_t operator()(const Value& term) const {
    const auto seed = static_cast<std::uint64_t>(term.kind());
    if (const auto* number = term.get_if<std::int64_t>()) {
      return mix_hash(static_cast<std::uint64_t>(*number) + seed);
    }
    if (const auto* text = term.get_if<std::string>()) return stable_hash(*text, seed);
    if (const auto* parts = term.get_if<ValueArray>()) {
      std::uint64_t mixed = seed;
      for (const Value& part : *parts) mixed = mix_hash(mixed ^ (*this)(part));
      return mixed;
    }
    if (const auto* fields = term.get_if<ValueMap>()) {
      std::uint64_t mixed = seed;
      for (const auto& [name, field] : *fields) {
        mixed = mix_hash(stable_hash(name, mixed) ^ (*this)(field));
      }
      return mixed;
    }
    const auto* number = term.get_if<double>();
    if (number != nullptr && *number == 0) return mix_hash(seed);  // -0.0 equals 0.0
    return stable_hash(to_json(term), seed);  // other kinds are rarely keys: slow is good enough
  }
};

}  // namespace kith
