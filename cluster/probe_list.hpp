#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "core/random.hpp"

namespace kith::cluster {

/// `count` different names of `names`, in random order; all of them when there are fewer (M-035).
[[nodiscard]] std::vector<std::string> pick(std::vector<std::string> names, std::size_t count,
                                            Random& random);

/// The order in which a node probes the others: round and round in an order of its own, newcomers
/// at a random place, so that each is probed once every n − 1 periods. Unlike SWIM the order is not
/// shuffled after each round, which would allow a gap of twice that. Thread-safety: none; plain
/// value.
class ProbeList {
 public:
  /// Puts a name at a random place of what is left of this round or later; known ones stay.
  void add(const std::string& name, Random& random);
  /// Takes a name out; unknown ones are passed over.
  void remove(const std::string& name);
  /// The next name, if there is any.
  std::optional<std::string> next();
  [[nodiscard]] std::size_t size() const { return names_.size(); }

 private:
  std::vector<std::string> names_;
  std::size_t position_ = 0;
};

}  // namespace kith::cluster
