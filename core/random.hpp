// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace kith {

/// Generates pseudo-random numbers (xoshiro256**, Blackman and Vigna 2018); equal seeds give equal
/// sequences on every machine. Not for secrets. Thread-safety: none; each owner has its own.
class Random {
 public:
  explicit Random(std::uint64_t seed);
  /// Returns 64 random bits.
  std::uint64_t next();
  /// Returns a number uniform in [0, bound); `bound` must not be zero.
  std::uint64_t below(std::uint64_t bound);
  /// Returns a number uniform in [0, 1).
  double unit();
  /// Returns true with this probability.
  bool chance(double probability) { return unit() < probability; }

 private:
  std::uint64_t state_[4];
};

/// Returns 64 bits from the operating system's entropy source, the only non-deterministic input
/// besides clocks.
[[nodiscard]] std::uint64_t entropy();

}  // namespace kith
