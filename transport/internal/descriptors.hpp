#pragma once

#include <cstddef>
#include <vector>

#include "core/error.hpp"

namespace kith::transport::internal {

/// Descriptors that are held only to be given up when there are no others left. Thread-safety:
/// none.
class SpareDescriptors {
 public:
  SpareDescriptors() = default;
  ~SpareDescriptors() { release(); }
  SpareDescriptors(const SpareDescriptors&) = delete;
  SpareDescriptors& operator=(const SpareDescriptors&) = delete;

  /// Takes descriptors until there are `wanted`. False when the operating system gives no more.
  bool take(std::size_t wanted);
  /// Gives all of them up.
  void release();

 private:
  std::vector<int> descriptors_;
};

/// How many descriptors this process may have open.
[[nodiscard]] std::size_t descriptors_max();
/// Says that there are no descriptors left, what the limit is and how it is raised.
[[nodiscard]] Error no_descriptor_left();

}  // namespace kith::transport::internal
