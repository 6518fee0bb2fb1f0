// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

#include "core/error.hpp"

namespace kith::transport::internal {

/// Reserves file descriptors, to be released when no others are left. Thread-safety: none.
class SpareDescriptors {
 public:
  SpareDescriptors() = default;
  ~SpareDescriptors() { release(); }
  SpareDescriptors(const SpareDescriptors&) = delete;
  SpareDescriptors& operator=(const SpareDescriptors&) = delete;

  /// Reserves descriptors until there are `wanted`; false if the operating system refuses more.
  bool take(std::size_t wanted);
  /// Releases all of them.
  void release();

 private:
  std::vector<int> descriptors_;
};

/// Returns the number of descriptors that this process may have open.
[[nodiscard]] std::size_t descriptors_max();
/// Returns the error that no descriptors are left, with the limit and how to raise it.
[[nodiscard]] Error no_descriptor_left();

}  // namespace kith::transport::internal
