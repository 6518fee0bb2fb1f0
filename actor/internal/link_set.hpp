#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/pid.hpp"

namespace kith::detail {

/// Processes in the order in which they were added, each once. A few are searched one by one; many,
/// such as the children of a busy supervisor, by hash. Thread-safety: none.
class LinkSet {
 public:
  /// Adds a process unless it is there.
  void add(Pid pid) {
    if (contains(pid)) return;
    if (places_) places_->emplace(pid, pids_.size());
    pids_.push_back(pid);
    if (!places_ && pids_.size() > few) index();
  }

  /// False when it is not there.
  bool remove(Pid pid) {
    if (!places_) return std::erase(pids_, pid) > 0;
    const auto it = places_->find(pid);
    if (it == places_->end()) return false;
    pids_[it->second] = Pid{};  // closed when there are many such holes
    places_->erase(it);
    if (places_->size() * 2 <= pids_.size()) index();
    return true;
  }

  [[nodiscard]] bool contains(Pid pid) const {
    if (places_) return places_->contains(pid);
    return std::ranges::find(pids_, pid) != pids_.end();
  }

  /// All of them, oldest first.
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

  /// Closes the holes and, when there are many, notes the places anew.
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
