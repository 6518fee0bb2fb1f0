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

/// A sorted set in parts, each a range of keys with a lock of its own, so that threads in different
/// ranges do not meet. It begins as one part; a part where threads meet often is halved, and when
/// there are many, the two smallest neighbours become one. Source: Sagonas and Winblad 2015,
/// "Contention adapting search trees", sections 3 and 4, with a flat array in the place of the
/// tree. Thread-safety: any thread. Functions that are given must be short and must not use this.
template <typename T, typename Key, typename KeyOf, typename Order>
class RangeParts {
 public:
  using Set = OrderedSet<T, Key, KeyOf, Order>;
  using Place = typename Set::Place;

  RangeParts() { parts_.push_back(std::make_shared<Part>()); }

  /// Calls `f(set)` with the part of a key, which nobody else reads or writes; a snapshot that
  /// needs it is served before.
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
  /// Calls `f(set)` with the part of a key, which nobody writes.
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
  /// Calls `f(set)` with the part of `from`, or with the first, and those behind it, until it gives
  /// true. Nobody writes to them before the last call ends.
  template <typename F>
  void read_up(const std::optional<Key>& from, F f) const {
    const std::shared_lock map(map_lock_);
    std::size_t number = from ? number_of(*from) : 0;
    const std::shared_lock first(parts_[number]->lock);
    if (f(std::as_const(parts_[number]->set))) return;
    std::vector<std::shared_lock<SharedLock>> others;  // always upwards, so that nobody is stuck
    while (++number < parts_.size()) {
      others.emplace_back(parts_[number]->lock);
      if (f(std::as_const(parts_[number]->set))) return;
    }
  }
  /// The same downwards. When the part of `from` is not enough, it is called with that part again,
  /// and everybody waits.
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
  /// Removes all items and calls `f()` before anybody sees it.
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

  /// Halves the part of a key, unless it has fewer than two items.
  void split(const Key& key) {
    const std::unique_lock map(map_lock_);
    split_part(number_of(key));
  }
  /// Makes one part of the two neighbours with the fewest items. There are at least two parts.
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
  /// A part is split when more than one visit in 64 meets another one for long enough.
  static constexpr std::int32_t heat_of_meeting = 64;
  static constexpr std::int32_t heat_max = 1024;

  struct alignas(64) Part {
    mutable SharedLock lock;
    std::atomic<std::int32_t> heat{0};  ///< approximate: readers write it beside each other
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

  /// The part of a key, which stays where it is meanwhile, and is split afterwards when it is hot.
  class Visit {
   public:
    Visit(const RangeParts& all, const Key& key) : all_(all) {
      all_.map_lock_.lock_shared();
      try {
        part_ = all_.parts_[all_.number_of(key)].get();
      } catch (...) {  // keys that cannot be compared
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

    bool has_met = false;  ///< somebody else was there

   private:
    const RangeParts& all_;
    Part* part_;
  };

  /// Halves a part, if it is still there.
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
    const std::shared_ptr<Part> upper = parts_[least + 1];  // outlives its lock
    const std::scoped_lock both(lower.lock, upper->lock);
    lower.keep_image();
    upper->keep_image();
    lower.set.append(std::move(upper->set));
    const auto offset = static_cast<std::ptrdiff_t>(least);
    firsts_.erase(firsts_.begin() + offset);
    parts_.erase(parts_.begin() + offset + 1);
  }

  mutable SpreadSharedLock map_lock_;
  // Where the borders are is no part of what the set is: readers may move them.
  mutable std::vector<std::shared_ptr<Part>> parts_;  ///< in order
  mutable std::vector<Key> firsts_;                   ///< where each but the first begins
};

}  // namespace kith::table
