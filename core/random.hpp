#pragma once

#include <cstdint>

namespace kith {

/// A small seeded random generator (xoshiro256**, Blackman and Vigna 2018): equal seeds give equal
/// sequences on every machine. Not for secrets. Thread-safety: none; each owner has its own.
class Random {
 public:
  explicit Random(std::uint64_t seed);
  /// 64 random bits.
  std::uint64_t next();
  /// Uniform in [0, bound); `bound` must not be zero.
  std::uint64_t below(std::uint64_t bound);
  /// Uniform in [0, 1).
  double unit();
  /// True with this probability.
  bool chance(double probability) { return unit() < probability; }

 private:
  std::uint64_t state_[4];
};

/// 64 bits from the operating system's entropy source: the one door to real randomness.
[[nodiscard]] std::uint64_t entropy();

}  // namespace kith
