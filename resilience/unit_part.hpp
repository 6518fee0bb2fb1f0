// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "resilience/limiter_state.hpp"

namespace kith::limiting {

/// Represents a fraction in [0, 1). Thread-safety: plain value.
struct Fraction {
  std::uint64_t numerator = 0;
  std::uint64_t denominator = 1;

  [[nodiscard]] bool is_zero() const { return numerator == 0; }
  /// Returns 1 minus the fraction, which must not be zero.
  [[nodiscard]] Fraction complement() const { return {denominator - numerator, denominator}; }
  friend bool operator==(const Fraction&, const Fraction&) = default;
};

/// Represents a non-negative mixed number. Thread-safety: plain value.
struct Mixed {
  std::uint64_t whole = 0;
  Fraction rest;
};

/// Returns `value * to / from`: the same part of a unit in a scale of `to` instead of `from` parts
/// per unit. Requires `value < from` and `from, to < 2^62`. Exact if the fraction fits in 64 bits,
/// else too small by less than 2^-62.
[[nodiscard]] Mixed rescaled(Mixed value, std::uint64_t from, std::uint64_t to);

/// Write a fraction into a state, and read it; nullopt if it is not in [0, 1).
void save_rest(const Fraction& rest, LimiterState& state);
[[nodiscard]] std::optional<Fraction> restored_rest(const LimiterState& state);

}  // namespace kith::limiting
