// SPDX-License-Identifier: Apache-2.0
#include "resilience/unit_part.hpp"

#include <limits>
#include <utility>

#include "resilience/limiter_time.hpp"

namespace kith::limiting {
namespace {

struct Quotient {
  std::uint64_t whole;
  Wide rest;
};

/// Returns `value * factor / divisor`. Works bit by bit, because the product may exceed 128 bits.
/// Requires `value < divisor < 2^126`, so that the doubled remainder does not overflow.
Quotient multiply_divide(Wide value, std::uint64_t factor, Wide divisor) {
  Quotient result{0, 0};
  const auto reduce = [&] {
    if (result.rest < divisor) return;
    result.rest -= divisor;
    ++result.whole;
  };
  for (int bit = 63; bit >= 0; --bit) {
    result.whole *= 2;
    result.rest *= 2;
    reduce();
    if (((factor >> static_cast<unsigned>(bit)) & 1U) == 0) continue;
    result.rest += value;
    reduce();
  }
  return result;
}

Wide greatest_common_divisor(Wide a, Wide b) {
  while (b != 0) a = std::exchange(b, a % b);
  return a;
}

Fraction fraction(Wide numerator, Wide denominator) {
  if (numerator == 0) return {};
  const Wide common = greatest_common_divisor(denominator, numerator);
  if (denominator / common <= std::numeric_limits<std::uint64_t>::max()) {
    return {static_cast<std::uint64_t>(numerator / common),
            static_cast<std::uint64_t>(denominator / common)};
  }
  constexpr std::uint64_t fine = std::uint64_t{1} << 63U;
  return {multiply_divide(numerator, fine, denominator).whole, fine};
}

}  // namespace

Mixed rescaled(Mixed value, std::uint64_t from, std::uint64_t to) {
  if (from == to) return value;
  const Wide all = Wide{value.whole} * value.rest.denominator + value.rest.numerator;
  const Wide divisor = Wide{value.rest.denominator} * from;
  const Quotient scaled = multiply_divide(all, to, divisor);
  return {scaled.whole, fraction(scaled.rest, divisor)};
}

void save_rest(const Fraction& rest, LimiterState& state) {
  if (rest.is_zero()) return;
  state.rest = rest.numerator;
  state.rest_of = rest.denominator;
}

std::optional<Fraction> restored_rest(const LimiterState& state) {
  const Fraction rest{state.rest.value_or(0), state.rest_of.value_or(1)};
  if (rest.numerator >= rest.denominator) return std::nullopt;
  return rest.is_zero() ? Fraction{} : rest;
}

}  // namespace kith::limiting
