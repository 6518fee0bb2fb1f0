// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace kith {

/// A hash set for many small items that contain their key: a lookup touches one cache line of the
/// index and one of the items, where a node-based set follows three pointers. The caller passes the
/// hash of a key, which it needs anyway; `KeyOf` returns the key of an item, `Hash` the hash of a
/// key. Each item has a place (an array index), in no particular order. Erasing moves the last item
/// to the freed place, unless `keep_places` is on. Source: Knuth, The Art of Computer Programming,
/// volume 3, section 6.4, algorithms L and R. Thread-safety: none.
template <typename T, typename KeyOf, typename Hash>
class FlatSet {
 public:
  /// Returned by `find` instead of a place.
  static constexpr std::size_t none = static_cast<std::size_t>(-1);

  explicit FlatSet(KeyOf key_of = {}, Hash hash = {}) : key_of_(key_of), hash_(hash) {}

  /// Returns the place of the item with this key, or `none`.
  template <typename K>
  [[nodiscard]] std::size_t find(const K& key, std::uint64_t hash) const {
    const std::size_t at = search(key, hash);
    if (at == none || is_hole(index_[at].item)) return none;
    return index_[at].item;
  }
  /// Returns the place of the item with this key, even of an erased one whose place is kept.
  template <typename K>
  [[nodiscard]] std::size_t find_erased(const K& key, std::uint64_t hash) const {
    const std::size_t at = search(key, hash);
    return at == none ? none : index_[at].item;
  }
  /// Returns the item at this place, which must not be a hole. Its key must not be changed.
  [[nodiscard]] T& operator[](std::size_t place) { return items_[place]; }
  [[nodiscard]] const T& operator[](std::size_t place) const { return items_[place]; }
  /// Iterates over all items; only while places are not kept.
  [[nodiscard]] auto begin() const { return items_.begin(); }
  [[nodiscard]] auto end() const { return items_.end(); }

  /// Adds an item whose key is not in the set and returns its place.
  std::size_t insert(T item, std::uint64_t hash) {
    if (holes_ > 0) {
      if (const std::size_t at = search(key_of_(item), hash); at != none) {
        const std::size_t place = index_[at].item;
        items_[place] = std::move(item);
        hole_[place] = false;
        --holes_;
        return place;
      }
    }
    if ((items_.size() + 1) * 4 > index_.size() * 3) grow();
    items_.push_back(std::move(item));  // first: if it throws, the index has no entry without item
    if (keeps_places_) hole_.push_back(false);
    put({tag_of(hash), static_cast<std::uint32_t>(items_.size() - 1)});
    return items_.size() - 1;
  }
  /// Removes the item at this place.
  void erase(std::size_t place) {
    if (keeps_places_) {
      hole_[place] = true;
      ++holes_;
    } else {
      remove(place);
    }
  }
  /// Removes all items; places are not kept.
  void clear() {
    if (keeps_places_) {
      hole_.assign(items_.size(), true);
      holes_ = items_.size();
      return;
    }
    std::vector<Slot>().swap(index_);
    std::vector<T>().swap(items_);
  }
  /// Switches whether an erased item leaves a hole, so that a walk from place to place visits every
  /// other item once. Switching it off closes the holes.
  void keep_places(bool keep) {
    if (keep == keeps_places_) return;
    keeps_places_ = keep;
    if (keep) return hole_.assign(items_.size(), false);
    for (std::size_t place = items_.size(); holes_ > 0 && place-- > 0;) {
      if (!hole_[place]) continue;
      remove(place);
      --holes_;
    }
    std::vector<bool>().swap(hole_);
  }

  /// Returns the number of items.
  [[nodiscard]] std::size_t size() const { return items_.size() - holes_; }
  /// Returns the last place plus one.
  [[nodiscard]] std::size_t places() const { return items_.size(); }
  [[nodiscard]] bool is_hole(std::size_t place) const { return keeps_places_ && hole_[place]; }
  /// Returns the bytes it has reserved, without memory that the items point to.
  [[nodiscard]] std::size_t bytes() const {
    return index_.capacity() * sizeof(Slot) + items_.capacity() * sizeof(T);
  }

 private:
  static constexpr std::size_t smallest = 8;

  /// The place of an item; the slot is free if the tag is zero.
  struct Slot {
    std::uint32_t tag = 0;
    std::uint32_t item = 0;
  };

  /// Returns the part of a hash that the index stores; it also determines the home slot. Never
  /// zero, which marks a free slot.
  static std::uint32_t tag_of(std::uint64_t hash) {
    return static_cast<std::uint32_t>(hash >> 32U) | 1U;
  }
  [[nodiscard]] std::size_t home_of(std::uint32_t tag) const {
    return (tag >> 1U) & (index_.size() - 1);
  }
  [[nodiscard]] std::size_t next(std::size_t at) const { return (at + 1) & (index_.size() - 1); }

  template <typename K>
  [[nodiscard]] std::size_t search(const K& key, std::uint64_t hash) const {
    if (index_.empty()) return none;
    const std::uint32_t tag = tag_of(hash);
    for (std::size_t at = home_of(tag); index_[at].tag != 0; at = next(at)) {
      if (index_[at].tag == tag && key_of_(items_[index_[at].item]) == key) return at;
    }
    return none;
  }
  [[nodiscard]] std::size_t slot_of(std::size_t place) const {
    std::size_t at = home_of(tag_of(hash_(key_of_(items_[place]))));
    while (index_[at].item != place || index_[at].tag == 0) at = next(at);
    return at;
  }
  void put(Slot slot) {
    std::size_t at = home_of(slot.tag);
    while (index_[at].tag != 0) at = next(at);
    index_[at] = slot;
  }
  void grow() {
    const std::vector<Slot> before =
        std::exchange(index_, std::vector<Slot>(index_.empty() ? smallest : index_.size() * 2));
    for (const Slot& slot : before) {
      if (slot.tag != 0) put(slot);
    }
  }
  void remove(std::size_t place) {
    close(slot_of(place));
    const std::size_t last = items_.size() - 1;
    if (place != last) {
      index_[slot_of(last)].item = static_cast<std::uint32_t>(place);
      items_[place] = std::move(items_[last]);
    }
    items_.pop_back();
  }
  /// Frees a slot, and moves later entries of the probe sequence back into it, so that each entry
  /// stays reachable from its home slot (algorithm R); no tombstones are needed.
  void close(std::size_t hole) {
    for (std::size_t at = next(hole); index_[at].tag != 0; at = next(at)) {
      const std::size_t from_home = (at - home_of(index_[at].tag)) & (index_.size() - 1);
      const std::size_t from_hole = (at - hole) & (index_.size() - 1);
      if (from_home < from_hole) continue;
      index_[hole] = index_[at];
      hole = at;
    }
    index_[hole] = {};
  }

  [[no_unique_address]] KeyOf key_of_;
  [[no_unique_address]] Hash hash_;
  std::vector<Slot> index_;  ///< a power of two, at most three quarters full
  std::vector<T> items_;
  std::vector<bool> hole_;  ///< per place, only while places are kept
  std::size_t holes_ = 0;
  bool keeps_places_ = false;
};

}  // namespace kith
