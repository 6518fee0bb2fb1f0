// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>
#include <vector>

namespace kith::table {

/// Stores items sorted by key in chunks of up to a few hundred. A lookup is a binary search in the
/// array of the chunks' first keys, then one in a chunk; a walk is sequential in memory. `KeyOf`
/// returns the key of an item, `Order` compares two keys (a weak ordering).
/// Invariants: no chunk is empty; `firsts_[i]` is the key of the first item of `chunks_[i]`.
/// Thread-safety: none.
template <typename T, typename Key, typename KeyOf, typename Order>
class OrderedSet {
 public:
  /// Position of an item; `end()` is after the last one. Valid until the next change.
  struct Place {
    std::size_t chunk = 0;
    std::size_t item = 0;
    friend bool operator==(const Place&, const Place&) = default;
  };

  explicit OrderedSet(KeyOf key_of = {}, Order order = {}) : key_of_(key_of), order_(order) {}

  /// Returns the item with an equal key, or null.
  [[nodiscard]] T* find(const Key& key) {
    const Place place = not_less(key);
    if (place == end() || order_(key_of_(at(place)), key) != 0) return nullptr;
    return &at(place);
  }
  [[nodiscard]] const T* find(const Key& key) const {
    return const_cast<OrderedSet*>(this)->find(key);  // NOLINT: it does not change it
  }
  /// Returns the first item whose key is not less.
  [[nodiscard]] Place not_less(const Key& key) const {
    return search(key, [](auto order) { return order < 0; });
  }
  /// Returns the first item whose key is greater.
  [[nodiscard]] Place greater(const Key& key) const {
    return search(key, [](auto order) { return order <= 0; });
  }
  [[nodiscard]] Place begin() const { return {0, 0}; }
  [[nodiscard]] Place end() const { return {chunks_.size(), 0}; }
  [[nodiscard]] Place next(Place place) const {
    if (++place.item == chunks_[place.chunk].size()) place = {place.chunk + 1, 0};
    return place;
  }
  /// Returns the previous position; `place` must not be `begin()`.
  [[nodiscard]] Place previous(Place place) const {
    if (place.item > 0) return {place.chunk, place.item - 1};
    return {place.chunk - 1, chunks_[place.chunk - 1].size() - 1};
  }
  [[nodiscard]] T& at(Place place) { return chunks_[place.chunk][place.item]; }
  [[nodiscard]] const T& at(Place place) const { return chunks_[place.chunk][place.item]; }

  /// Inserts an item; its key must not be in the set.
  void insert(T item) {
    if (chunks_.empty()) {
      firsts_.push_back(key_of_(item));
      chunks_.emplace_back().push_back(std::move(item));
      ++size_;
      return;
    }
    Place place = not_less(key_of_(item));
    if (place.item == 0 && place.chunk > 0) {  // rather at the end of the previous chunk
      place = {place.chunk - 1, chunks_[place.chunk - 1].size()};
    }
    if (chunks_[place.chunk].size() == chunk_max) place = split(place);
    auto& chunk = chunks_[place.chunk];
    chunk.insert(chunk.begin() + static_cast<std::ptrdiff_t>(place.item), std::move(item));
    ++size_;
    if (place.item == 0) firsts_[place.chunk] = key_of_(chunk.front());
  }
  /// Replaces an item by one with an equal key.
  void replace(Place place, T item) {
    at(place) = std::move(item);
    if (place.item == 0) firsts_[place.chunk] = key_of_(at(place));
  }
  /// Removes an item.
  void erase(Place place) {
    --size_;
    auto& chunk = chunks_[place.chunk];
    chunk.erase(chunk.begin() + static_cast<std::ptrdiff_t>(place.item));
    const auto offset = static_cast<std::ptrdiff_t>(place.chunk);
    if (chunk.empty()) {
      chunks_.erase(chunks_.begin() + offset);
      firsts_.erase(firsts_.begin() + offset);
    } else if (place.item == 0) {
      firsts_[place.chunk] = key_of_(chunk.front());
    }
  }
  /// Removes the upper half of the items and returns it; requires at least two items. Splits
  /// between chunks unless there is only one.
  OrderedSet split_half() {
    OrderedSet upper(key_of_, order_);
    if (chunks_.size() == 1) {
      auto& items = chunks_.front();
      const auto middle = items.begin() + static_cast<std::ptrdiff_t>(items.size() / 2);
      upper.chunks_.emplace_back(std::make_move_iterator(middle),
                                 std::make_move_iterator(items.end()));
      items.erase(middle, items.end());
      upper.firsts_.push_back(key_of_(upper.chunks_.front().front()));
    } else {
      const std::size_t kept = chunks_.size() / 2;
      const auto middle = chunks_.begin() + static_cast<std::ptrdiff_t>(kept);
      upper.chunks_.assign(std::make_move_iterator(middle), std::make_move_iterator(chunks_.end()));
      chunks_.resize(kept);
      const auto first = firsts_.begin() + static_cast<std::ptrdiff_t>(kept);
      upper.firsts_.assign(std::make_move_iterator(first), std::make_move_iterator(firsts_.end()));
      firsts_.erase(first, firsts_.end());
    }
    for (const auto& chunk : upper.chunks_) upper.size_ += chunk.size();
    size_ -= upper.size_;
    return upper;
  }
  /// Appends items whose keys are all greater than those in the set.
  void append(OrderedSet&& upper) {
    std::ranges::move(upper.chunks_, std::back_inserter(chunks_));
    std::ranges::move(upper.firsts_, std::back_inserter(firsts_));
    size_ += upper.size_;
    upper.clear();
  }
  void clear() {
    std::vector<std::vector<T>>().swap(chunks_);
    std::vector<Key>().swap(firsts_);
    size_ = 0;
  }

  [[nodiscard]] std::size_t size() const { return size_; }
  /// Returns the bytes reserved, not counting what the items point to.
  [[nodiscard]] std::size_t bytes() const {
    std::size_t total = firsts_.capacity() * sizeof(Key) + chunks_.capacity() * sizeof(chunks_[0]);
    for (const auto& chunk : chunks_) total += chunk.capacity() * sizeof(T);
    return total;
  }

 private:
  /// About 2 KiB per chunk: larger chunks make insertion slower, smaller ones lengthen `firsts_`.
  static constexpr std::size_t chunk_max = std::max<std::size_t>(2048 / sizeof(T), 32);

  /// Returns the first item for which `goes_on(order of its key and `key`)` is false.
  template <typename GoesOn>
  [[nodiscard]] Place search(const Key& key, GoesOn goes_on) const {
    const auto holds = [&](const Key& other) { return goes_on(order_(other, key)); };
    const auto chunk = std::partition_point(firsts_.begin(), firsts_.end(), holds);
    if (chunk == firsts_.begin()) return begin();
    const auto number = static_cast<std::size_t>(chunk - firsts_.begin()) - 1;
    const auto& items = chunks_[number];
    const auto item = std::partition_point(items.begin(), items.end(),
                                           [&](const T& each) { return holds(key_of_(each)); });
    if (item == items.end()) return {number + 1, 0};
    return {number, static_cast<std::size_t>(item - items.begin())};
  }

  /// Halves a full chunk and returns the position that `place` has afterwards. At the end of the
  /// last chunk it moves only one item, so that ascending keys leave full chunks.
  Place split(Place place) {
    auto& chunk = chunks_[place.chunk];
    const bool at_end = place.item == chunk.size() && place.chunk + 1 == chunks_.size();
    const std::size_t kept = at_end ? chunk.size() - 1 : chunk.size() / 2;
    std::vector<T> rest;
    rest.reserve(chunk_max);
    const auto middle = chunk.begin() + static_cast<std::ptrdiff_t>(kept);
    rest.insert(rest.end(), std::make_move_iterator(middle), std::make_move_iterator(chunk.end()));
    chunk.erase(middle, chunk.end());
    const auto behind = static_cast<std::ptrdiff_t>(place.chunk) + 1;
    firsts_.insert(firsts_.begin() + behind, key_of_(rest.front()));
    chunks_.insert(chunks_.begin() + behind, std::move(rest));
    if (place.item < kept) return place;
    return {place.chunk + 1, place.item - kept};
  }

  [[no_unique_address]] KeyOf key_of_;
  [[no_unique_address]] Order order_;
  std::vector<std::vector<T>> chunks_;
  std::vector<Key> firsts_;
  std::size_t size_ = 0;
};

}  // namespace kith::table
