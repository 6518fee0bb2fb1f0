#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "core/hash.hpp"
#include "core/value.hpp"
#include "core/value_json.hpp"

namespace kith::registry {

/// Equal terms have equal hashes. Pure.
[[nodiscard]] inline std::uint64_t hash_of(const Value& term) {
  const auto seed = static_cast<std::uint64_t>(term.kind());
  if (const auto* text = term.get_if<std::string>()) return stable_hash(*text, seed);
  if (const auto* number = term.get_if<std::int64_t>()) {
    return mix_hash(static_cast<std::uint64_t>(*number) + seed);
  }
  if (const auto* parts = term.get_if<ValueArray>()) {
    std::uint64_t mixed = seed;
    for (const Value& part : *parts) mixed = mix_hash(mixed ^ hash_of(part));
    return mixed;
  }
  return stable_hash(to_json(term), seed);  // the others are seldom keys
}

/// A map from terms for many small entries: a look costs a line of the index and a line of the
/// entries, where a map of nodes follows three pointers. The caller brings the hash of the key,
/// which it needs anyway. References to entries hold until the next insertion or erasure. Source:
/// Knuth, The Art of Computer Programming, volume 3, section 6.4, algorithms L and R.
/// Thread-safety: none.
template <typename T>
class TermMap {
 public:
  struct Entry {
    Value key;
    T value;
  };

  /// What the key has, or null.
  [[nodiscard]] T* find(const Value& key, std::uint64_t hash) {
    const std::size_t at = place_of(key, hash);
    return at == none ? nullptr : &entries_[index_[at].entry].value;
  }
  [[nodiscard]] const T* find(const Value& key, std::uint64_t hash) const {
    const std::size_t at = place_of(key, hash);
    return at == none ? nullptr : &entries_[index_[at].entry].value;
  }
  /// What the key has, made when it has nothing yet.
  T& operator()(const Value& key, std::uint64_t hash) {
    if (T* const found = find(key, hash)) return *found;
    if ((entries_.size() + 1) * 4 > index_.size() * 3) grow();
    put({tag_of(hash), static_cast<std::uint32_t>(entries_.size())});
    return entries_.emplace_back(Entry{key, T{}}).value;
  }
  /// Forgets the key, which has something.
  void erase(const Value& key, std::uint64_t hash) {
    const std::size_t at = place_of(key, hash);
    const std::uint32_t hole = index_[at].entry;
    close(at);
    const auto last = static_cast<std::uint32_t>(entries_.size() - 1);
    if (hole != last) {
      index_[place_of_entry(last)].entry = hole;
      entries_[hole] = std::move(entries_[last]);
    }
    entries_.pop_back();
  }
  /// All of them, in no order.
  [[nodiscard]] const std::vector<Entry>& entries() const { return entries_; }

 private:
  static constexpr std::size_t none = static_cast<std::size_t>(-1);
  static constexpr std::size_t smallest = 8;

  /// A place of the index; free when its tag is zero.
  struct Place {
    std::uint32_t tag = 0;
    std::uint32_t entry = 0;
  };

  /// The part of a hash that the index keeps: it says where a search begins, too.
  static std::uint32_t tag_of(std::uint64_t hash) {
    return static_cast<std::uint32_t>(hash >> 32U) | 1U;
  }
  [[nodiscard]] std::size_t home_of(std::uint32_t tag) const {
    return (tag >> 1U) & (index_.size() - 1);
  }
  [[nodiscard]] std::size_t next(std::size_t at) const { return (at + 1) & (index_.size() - 1); }

  [[nodiscard]] std::size_t place_of(const Value& key, std::uint64_t hash) const {
    if (index_.empty()) return none;
    const std::uint32_t tag = tag_of(hash);
    for (std::size_t at = home_of(tag); index_[at].tag != 0; at = next(at)) {
      if (index_[at].tag == tag && entries_[index_[at].entry].key == key) return at;
    }
    return none;
  }
  [[nodiscard]] std::size_t place_of_entry(std::uint32_t entry) const {
    std::size_t at = home_of(tag_of(hash_of(entries_[entry].key)));
    while (index_[at].entry != entry || index_[at].tag == 0) at = next(at);
    return at;
  }
  void put(Place place) {
    std::size_t at = home_of(place.tag);
    while (index_[at].tag != 0) at = next(at);
    index_[at] = place;
  }
  void grow() {
    const std::vector<Place> before =
        std::exchange(index_, std::vector<Place>(index_.empty() ? smallest : index_.size() * 2));
    for (const Place& place : before) {
      if (place.tag != 0) put(place);
    }
  }
  /// Frees a place and moves those behind it that are not at home nearer to their home.
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

  std::vector<Place> index_;  ///< a power of two, at most three quarters full
  std::vector<Entry> entries_;
};

}  // namespace kith::registry
