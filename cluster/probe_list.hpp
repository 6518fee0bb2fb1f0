// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "core/random.hpp"

namespace kith::cluster {

/// Returns up to `count` different names of `names` in random order (M-035).
[[nodiscard]] std::vector<std::string> pick(std::vector<std::string> names, std::size_t count,
                                            Random& random);

/// Cycles through the members to probe in a random order, so that each is probed once in n - 1
/// periods. New members are inserted at a random position. Unlike SWIM it does not shuffle after
/// each round, which would allow a gap of twice that. Thread-safety: none; plain value.
class ProbeList {
 public:
  /// Inserts a name at a random position; ignores a known one.
  void add(const std::string& name, Random& random);
  /// Removes a name; ignores an unknown one.
  void remove(const std::string& name);
  /// Returns the next name, if any.
  std::optional<std::string> next();
  [[nodiscard]] std::size_t size() const { return names_.size(); }

 private:
  std::vector<std::string> names_;
  std::size_t position_ = 0;
};

}  // namespace kith::cluster
