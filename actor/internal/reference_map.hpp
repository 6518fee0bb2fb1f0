// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace kith::detail {

/// A hash table from the ids of references (never 0) to values, with linear probing. Consecutive
/// ids are adjacent, so that answers that arrive in order are found without cache misses.
/// Thread-safety: none.
template <typename T>
class ReferenceMap {
 public:
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] std::size_t size() const { return size_; }

  void insert(std::uint64_t id, T value) {
    if ((size_ + 1) * 2 > entries_.size()) grow();
    Entry& entry = entries_[place_of(id)];
    if (entry.id == 0) ++size_;
    entry = {id, std::move(value)};
  }
  /// Returns the value of an id, or null; valid until the next change.
  [[nodiscard]] const T* find(std::uint64_t id) const {
    if (size_ == 0 || id == 0) return nullptr;
    const Entry& entry = entries_[place_of(id)];
    return entry.id == id ? &entry.value : nullptr;
  }
  [[nodiscard]] T* find(std::uint64_t id) { return const_cast<T*>(std::as_const(*this).find(id)); }
  /// Removes an id and returns its value; nullopt if it is not in the map.
  std::optional<T> take(std::uint64_t id) {
    if (size_ == 0 || id == 0) return std::nullopt;
    std::size_t hole = place_of(id);
    if (entries_[hole].id != id) return std::nullopt;
    std::optional<T> value(std::move(entries_[hole].value));
    close(hole);
    --size_;
    return value;
  }
  /// Removes all entries and returns them ordered by id.
  std::vector<std::pair<std::uint64_t, T>> take_all() {
    std::vector<std::pair<std::uint64_t, T>> all;
    for (Entry& entry : entries_) {
      if (entry.id != 0) all.emplace_back(entry.id, std::move(entry.value));
    }
    std::ranges::sort(all, {}, [](const auto& each) { return each.first; });
    entries_.clear();
    size_ = 0;
    return all;
  }

 private:
  struct Entry {
    std::uint64_t id = 0;
    T value{};
  };

  /// Returns the first place of an id: groups of eight consecutive ids stay together, and the
  /// groups are spread by a hash.
  [[nodiscard]] std::size_t home_of(std::uint64_t id) const {
    const std::uint64_t group = ((id >> 3U) * 0x9e3779b97f4a7c15U) >> 32U;
    return static_cast<std::size_t>((group << 3U) | (id & 7U)) & (entries_.size() - 1);
  }
  /// Returns the place of the id, or the free place for it.
  [[nodiscard]] std::size_t place_of(std::uint64_t id) const {
    std::size_t at = home_of(id);
    while (entries_[at].id != 0 && entries_[at].id != id) at = (at + 1) & (entries_.size() - 1);
    return at;
  }
  /// Moves later entries of the same probe sequence into the hole, so that they stay reachable.
  void close(std::size_t hole) {
    const std::size_t mask = entries_.size() - 1;
    for (std::size_t at = (hole + 1) & mask; entries_[at].id != 0; at = (at + 1) & mask) {
      if (((at - home_of(entries_[at].id)) & mask) < ((at - hole) & mask)) continue;
      entries_[hole] = std::move(entries_[at]);
      hole = at;
    }
    entries_[hole] = {};
  }
  void grow() {
    std::vector<Entry> old = std::exchange(entries_, {});
    entries_.resize(std::max<std::size_t>(8, old.size() * 2));
    for (Entry& entry : old) {
      if (entry.id != 0) entries_[place_of(entry.id)] = std::move(entry);
    }
  }

  std::vector<Entry> entries_;
  std::size_t size_ = 0;
};

}  // namespace kith::detail
