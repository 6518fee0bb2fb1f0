// SPDX-License-Identifier: Apache-2.0
#include "cluster/probe_list.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace kith::cluster {

std::vector<std::string> pick(std::vector<std::string> names, std::size_t count, Random& random) {
  count = std::min(count, names.size());
  for (std::size_t i = 0; i < count; ++i) {
    std::swap(names[i], names[i + random.below(names.size() - i)]);
  }
  names.resize(count);
  return names;
}

void ProbeList::add(const std::string& name, Random& random) {
  if (std::find(names_.begin(), names_.end(), name) != names_.end()) return;
  const std::size_t place = random.below(names_.size() + 1);
  names_.insert(names_.begin() + static_cast<std::ptrdiff_t>(place), name);
  if (place < position_) ++position_;
}

void ProbeList::remove(const std::string& name) {
  const auto it = std::find(names_.begin(), names_.end(), name);
  if (it == names_.end()) return;
  if (static_cast<std::size_t>(it - names_.begin()) < position_) --position_;
  names_.erase(it);
}

std::optional<std::string> ProbeList::next() {
  if (names_.empty()) return std::nullopt;
  if (position_ >= names_.size()) position_ = 0;
  return names_[position_++];
}

}  // namespace kith::cluster
