// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <atomic>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <utility>
#include <vector>

#include "core/shared_lock.hpp"
#include "table/ordered_set.hpp"
#include "table/table_snapshot.hpp"

namespace kith::table {

/// Splits a sorted set into key ranges with a lock each, so that threads in different ranges do not
/// contend. Begins as one part, halves a part with frequent contention, and joins the two smallest
/// neighbours beyond `parts_max`. Source: Sagonas and Winblad 2015, "Contention adapting search
/// trees", sections 3 and 4, with a flat array instead of the tree.
///
/// Lock order: `map_lock_`, then parts in ascending order. `map_lock_` guards which parts exist and
/// their borders: shared for any use of a part, exclusive to split, join, clear and snapshot. A
/// part lock guards the part's items and images. Invariant: `firsts_[i]` is the lower border of
/// `parts_[i + 1]`, so there is one border fewer than parts.
/// Thread-safety: any thread. Function arguments must be short and must not use this object.
template <typename T, typename Key, typename KeyOf, typename Order>
class RangeParts {
 public:
  using Set = OrderedSet<T, Key, KeyOf, Order>;
  using Place = typename Set::Place;

  RangeParts() { parts_.push_back(std::make_shared<Part>()); }

  /// Calls `f(set)` with the part of a key under its exclusive lock, after snapshots of the part
  /// were given its rows.
  template <typename F>
  auto write(const Key& key, F f) {
    Visit visit(*this, key);
    Part& part = visit.part();
    visit.has_met = !part.lock.try_lock();
    if (visit.has_met) part.lock.lock();
    const std::unique_lock lock(part.lock, std::adopt_lock);
    part.keep_image();
    return f(part.set);
  }
  /// Calls `f(set)` with the part of a key under its shared lock. Other readers count as contention
  /// too: they share the cache line of the lock.
  template <typename F>
  auto read(const Key& key, F f) const {
    Visit visit(*this, key);
    const Part& part = visit.part();
    visit.has_met = !part.lock.try_lock_shared();
    if (visit.has_met) part.lock.lock_shared();
    const std::shared_lock lock(part.lock, std::adopt_lock);
    visit.has_met |= part.lock.is_shared();
    return f(part.set);
  }
  /// Calls `f(set)` with the part of `from` (or the first part) and those after it until it returns
  /// true. Keeps the locks of all visited parts, so that the calls see one state.
  template <typename F>
  void read_up(const std::optional<Key>& from, F f) const {
    const std::shared_lock map(map_lock_);
    std::size_t number = from ? number_of(*from) : 0;
    const std::shared_lock first(parts_[number]->lock);
    if (f(std::as_const(parts_[number]->set))) return;
    std::vector<std::shared_lock<SharedLock>> others;  // ascending: see the lock order
    while (++number < parts_.size()) {
      others.emplace_back(parts_[number]->lock);
      if (f(std::as_const(parts_[number]->set))) return;
    }
  }
  /// The same downwards. Locking parts in descending order could deadlock: if the part of `from` is
  /// not enough, takes `map_lock_` exclusively, which blocks all others, and starts over.
  template <typename F>
  void read_down(const std::optional<Key>& from, F f) const {
    {
      const std::shared_lock map(map_lock_);
      const Part& part = *parts_[from ? number_of(*from) : parts_.size() - 1];
      const std::shared_lock lock(part.lock);
      if (f(part.set)) return;
    }
    const std::unique_lock map(map_lock_);
    for (std::size_t i = from ? number_of(*from) + 1 : parts_.size(); i-- > 0;) {
      if (f(std::as_const(parts_[i]->set))) return;
    }
  }
  /// Removes all items and calls `f()` before other threads see it.
  template <typename F>
  void clear(F f) {
    const std::unique_lock map(map_lock_);
    for (const auto& part : parts_) {
      const std::unique_lock lock(part->lock);
      part->keep_image();
      part->set.clear();
    }
    parts_.resize(1);
    firsts_.clear();
    f();
  }

  [[nodiscard]] TableSnapshot<T> snapshot() const {
    std::vector<typename TableSnapshot<T>::Part> images;
    std::size_t size = 0;
    const std::unique_lock map(map_lock_);
    for (const auto& part : parts_) {
      const std::unique_lock lock(part->lock);
      size += part->set.size();
      images.emplace_back([part, image = part->images.add()]() -> PartImage<T> {
        const std::shared_lock reading(part->lock);
        return *image ? *image : std::make_shared<const std::vector<T>>(part->rows());
      });
    }
    return {std::move(images), size};
  }

  /// Halves the part of a key unless it has fewer than two items.
  void split(const Key& key) {
    const std::unique_lock map(map_lock_);
    split_part(number_of(key));
  }
  /// Joins the two neighbours with the fewest items. Requires at least two parts.
  void join() {
    const std::unique_lock map(map_lock_);
    join_smallest();
  }
  [[nodiscard]] std::size_t parts() const {
    const std::shared_lock map(map_lock_);
    return parts_.size();
  }

 private:
  static constexpr std::size_t parts_max = 64;
  /// Contention adds 64 to the heat of a part, a visit without it subtracts 1: a part is split if
  /// more than one visit in 64 contends until the heat exceeds `heat_max`. A higher `heat_max`
  /// splits later, but ignores longer bursts.
  static constexpr std::int32_t heat_of_meeting = 64;
  static constexpr std::int32_t heat_max = 1024;

  struct alignas(64) Part {
    mutable SharedLock lock;
    std::atomic<std::int32_t> heat{0};  ///< approximate: concurrent readers may lose updates
    PartImages<T> images;
    Set set;

    [[nodiscard]] std::vector<T> rows() const {
      std::vector<T> all;
      all.reserve(set.size());
      for (auto at = set.begin(); at != set.end(); at = set.next(at)) all.push_back(set.at(at));
      return all;
    }
    void keep_image() {
      if constexpr (std::copy_constructible<T>) images.keep([this] { return rows(); });
    }
  };

  /// Finds the part of a key and keeps `map_lock_` shared, so that the part is not split or joined.
  /// The destructor updates the heat and splits a hot part after it has released `map_lock_`.
  class Visit {
   public:
    Visit(const RangeParts& all, const Key& key) : all_(all) {
      all_.map_lock_.lock_shared();
      try {
        part_ = all_.parts_[all_.number_of(key)].get();
      } catch (...) {  // the comparison of keys threw
        all_.map_lock_.unlock_shared();
        throw;
      }
    }
    ~Visit() {
      const std::int32_t heat = part_->heat.load(std::memory_order_relaxed);
      if (has_met || heat > 0) {
        part_->heat.store(heat + (has_met ? heat_of_meeting : -1), std::memory_order_relaxed);
      }
      all_.map_lock_.unlock_shared();
      if (heat > heat_max) all_.split_hot(part_);
    }
    Visit(const Visit&) = delete;
    Visit& operator=(const Visit&) = delete;
    [[nodiscard]] Part& part() const { return *part_; }

    bool has_met = false;  ///< another thread used the part at the same time

   private:
    const RangeParts& all_;
    Part* part_;
  };

  /// Halves a part if it still exists and is still hot: another thread may have been faster.
  void split_hot(const Part* hot) const {
    const std::unique_lock map(map_lock_);
    const auto is_hot = [&](const auto& part) { return part.get() == hot; };
    const auto found = std::ranges::find_if(parts_, is_hot);
    if (found == parts_.end() || hot->heat.load(std::memory_order_relaxed) <= heat_max) return;
    split_part(static_cast<std::size_t>(found - parts_.begin()));
  }
  void split_part(std::size_t number) const {
    Part& part = *parts_[number];
    {
      const std::unique_lock lock(part.lock);
      part.heat.store(0, std::memory_order_relaxed);
      if (part.set.size() < 2) return;
      part.keep_image();
      auto upper = std::make_shared<Part>();
      upper->set = part.set.split_half();
      const auto offset = static_cast<std::ptrdiff_t>(number);
      firsts_.insert(firsts_.begin() + offset, KeyOf()(upper->set.at(upper->set.begin())));
      parts_.insert(parts_.begin() + offset + 1, std::move(upper));
    }
    if (parts_.size() > parts_max) join_smallest();
  }
  [[nodiscard]] std::size_t number_of(const Key& key) const {
    const auto not_behind = [&](const Key& first) { return Order()(first, key) <= 0; };
    const auto behind = std::partition_point(firsts_.begin(), firsts_.end(), not_behind);
    return static_cast<std::size_t>(behind - firsts_.begin());
  }
  void join_smallest() const {
    std::size_t least = 0;
    const auto size = [&](std::size_t i) {
      return parts_[i]->set.size() + parts_[i + 1]->set.size();
    };
    for (std::size_t i = 1; i + 1 < parts_.size(); ++i) {
      if (size(i) < size(least)) least = i;
    }
    Part& lower = *parts_[least];
    const std::shared_ptr<Part> upper = parts_[least + 1];  // must outlive the lock below
    const std::scoped_lock both(lower.lock, upper->lock);
    lower.keep_image();
    upper->keep_image();
    lower.set.append(std::move(upper->set));
    const auto offset = static_cast<std::ptrdiff_t>(least);
    firsts_.erase(firsts_.begin() + offset);
    parts_.erase(parts_.begin() + offset + 1);
  }

  mutable SpreadSharedLock map_lock_;
  // Mutable: the borders are not part of the set's value, and readers move them.
  mutable std::vector<std::shared_ptr<Part>> parts_;  ///< in order
  mutable std::vector<Key> firsts_;                   ///< where each but the first begins
};

}  // namespace kith::table
