// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/pid.hpp"

namespace kith::detail {

/// A set of processes in the order of insertion: searched linearly while it is small, by hash once
/// it has more than 16, such as the children of a busy supervisor. Thread-safety: none.
class LinkSet {
 public:
  /// Adds a process; no effect if it is in the set.
  void add(Pid pid) {
    if (contains(pid)) return;
    if (places_) places_->emplace(pid, pids_.size());
    pids_.push_back(pid);
    if (!places_ && pids_.size() > few) index();
  }

  /// Removes a process; false if it is not in the set.
  bool remove(Pid pid) {
    if (!places_) return std::erase(pids_, pid) > 0;
    const auto it = places_->find(pid);
    if (it == places_->end()) return false;
    pids_[it->second] = Pid{};  // a hole, so that the other places stay valid
    places_->erase(it);
    if (places_->size() * 2 <= pids_.size()) index();
    return true;
  }

  [[nodiscard]] bool contains(Pid pid) const {
    if (places_) return places_->contains(pid);
    return std::ranges::find(pids_, pid) != pids_.end();
  }

  /// Returns all processes, oldest first.
  [[nodiscard]] std::vector<Pid> all() const {
    std::vector<Pid> pids = pids_;
    std::erase(pids, Pid{});
    return pids;
  }

  struct Hash {
    std::size_t operator()(const Pid& pid) const {
      return ((pid.node * 31 + pid.index) * 0x9e3779b97f4a7c15U) ^ pid.generation;
    }
  };

 private:
  static constexpr std::size_t few = 16;
  using Places = std::unordered_map<Pid, std::size_t, Hash>;

  /// Closes the holes and rebuilds the hash table, or drops it if the set has become small. Called
  /// when the set outgrows a linear search, and when half of the places are holes, so that its cost
  /// per removal is constant.
  void index() {
    std::erase(pids_, Pid{});
    places_ = nullptr;
    if (pids_.size() <= few) return;
    places_ = std::make_unique<Places>();
    for (std::size_t i = 0; i < pids_.size(); ++i) places_->emplace(pids_[i], i);
  }

  std::vector<Pid> pids_;
  std::unique_ptr<Places> places_;  // null while there are few
};

}  // namespace kith::detail
