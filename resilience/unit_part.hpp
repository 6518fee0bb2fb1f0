#pragma once

#include <cstdint>
#include <optional>

#include "resilience/limiter_state.hpp"

namespace kith::limiting {

/// A fraction in [0, 1). Thread-safety: plain value.
struct Fraction {
  std::uint64_t numerator = 0;
  std::uint64_t denominator = 1;

  [[nodiscard]] bool is_zero() const { return numerator == 0; }
  /// 1 minus it; it must not be zero.
  [[nodiscard]] Fraction complement() const { return {denominator - numerator, denominator}; }
  friend bool operator==(const Fraction&, const Fraction&) = default;
};

/// A number that is not negative. Thread-safety: plain value.
struct Mixed {
  std::uint64_t whole = 0;
  Fraction rest;
};

/// Returns `value * to / from`: the same part of a unit when units are counted in `to` parts
/// instead of `from`. `value` is less than `from`, and both are less than 2^62. Exact as long as
/// the fraction fits in 64 bits, else less than 2^-62 too small.
[[nodiscard]] Mixed rescaled(Mixed value, std::uint64_t from, std::uint64_t to);

/// Writes a fraction into a state, and reads it; nothing when what it says is none.
void save_rest(const Fraction& rest, LimiterState& state);
[[nodiscard]] std::optional<Fraction> restored_rest(const LimiterState& state);

}  // namespace kith::limiting
