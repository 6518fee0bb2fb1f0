// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

#include "core/clock.hpp"

namespace kith {

/// A clock whose steady and wall times are set.
class SetClock final : public Clock {
 public:
  [[nodiscard]] TimePoint now() const override { return steady_; }
  [[nodiscard]] WallTime wall() const override { return wall_; }
  void advance(Duration by) {
    steady_ += by;
    wall_ += by;
  }
  void set(Duration by) { wall_ += by; }

 private:
  TimePoint steady_{std::chrono::hours(1)};
  WallTime wall_{std::chrono::seconds(1'700'000'000)};
};

}  // namespace kith
