#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/flat_set.hpp"
#include "core/result.hpp"
#include "core/shared_lock.hpp"
#include "table/table_hash.hpp"

namespace kith {

/// How a table is made. Thread-safety: plain value.
struct TableOptions {
  /// Appears in errors.
  std::string name = "unnamed";
  /// Rows it holds before new ones are refused as `overloaded`.
  std::size_t rows_max = std::numeric_limits<std::size_t>::max();
};

namespace detail {

Error table_full(const TableOptions& options);
Error no_row(const TableOptions& options);
Error counter_overflow(const TableOptions& options);

}  // namespace detail

/// An in-memory table with one row for each key (ETS: `set`, public), in types of C++: nothing is
/// boxed, and a row of two integers takes some 30 bytes. Each function on one key is atomic, and
/// linearizable; `insert_all` is all or nothing. Functions over all rows pass through the table
/// part by part and may or may not meet a row that is written meanwhile, as in ETS. A key needs
/// `==` and `std::hash`; a text may be looked up by `std::string_view`. Source: ets(3).
/// Thread-safety: all functions from any thread. Keys are spread over 64 parts, each with a lock;
/// readers do not hold up readers.
template <typename K, typename V>
class Table {
  using Hash = table::TableHash<K>;
  using Items = FlatSet<std::pair<K, V>, table::FirstOfPair, Hash>;

 public:
  using Row = std::pair<K, V>;
  /// What keys are looked up by.
  using Key = table::LookupKey<K>;

  explicit Table(TableOptions options = {}) : options_(std::move(options)) {}

  /// Writes the row of `key`, over the old one if there was one. Error: `overloaded` (full).
  Result<void> insert(K key, V value) {
    const std::uint64_t hash = Hash()(key);
    Part& part = part_of(hash);
    const std::unique_lock lock(part.lock);
    if (const std::size_t at = part.items.find(key, hash); at != Items::none) {
      part.items[at].second = std::move(value);
      return {};
    }
    return add(part, hash, std::move(key), std::move(value));
  }
  /// Writes the row of `key` unless there is one; says whether it did. Error: `overloaded`.
  Result<bool> insert_new(K key, V value) {
    const std::uint64_t hash = Hash()(key);
    Part& part = part_of(hash);
    const std::unique_lock lock(part.lock);
    if (part.items.find(key, hash) != Items::none) return false;
    if (auto added = add(part, hash, std::move(key), std::move(value)); !added)
      return added.error();
    return true;
  }
  /// Writes all rows or, when there is no room for them, none: nobody sees some of them only. Of
  /// two with one key the later one stays. Error: `overloaded`.
  Result<void> insert_all(std::vector<Row> rows) {
    const AllLocked lock(*this);
    std::size_t added = 0;
    for (const Row& row : rows) added += find_locked(row.first) == nullptr ? 1 : 0;
    if (added > options_.rows_max - std::min(options_.rows_max, size_locked())) {
      return detail::table_full(options_);
    }
    for (Row& row : rows) {
      if (V* const found = find_locked(row.first)) {
        *found = std::move(row.second);
        continue;
      }
      const std::uint64_t hash = Hash()(row.first);
      static_cast<void>(add(part_of(hash), hash, std::move(row.first), std::move(row.second)));
    }
    return {};
  }

  /// A copy of what the key has.
  [[nodiscard]] std::optional<V> lookup(const Key& key) const {
    std::optional<V> copy;
    visit(key, [&](const V& value) { copy.emplace(value); });
    return copy;
  }
  /// Calls `f(value)` while nobody can write the row; false when there is none. `f` must be short
  /// and must not use the table.
  template <typename F>
  bool visit(const Key& key, F f) const {
    const std::uint64_t hash = Hash()(key);
    const Part& part = part_of(hash);
    const std::shared_lock lock(part.lock);
    const std::size_t at = part.items.find(key, hash);
    if (at == Items::none) return false;
    f(part.items[at].second);
    return true;
  }
  /// Calls `f(value)`, which may change it, while nobody else can see the row; false when there is
  /// none. `f` must be short and must not use the table.
  template <typename F>
  bool update(const Key& key, F f) {
    const std::uint64_t hash = Hash()(key);
    Part& part = part_of(hash);
    const std::unique_lock lock(part.lock);
    const std::size_t at = part.items.find(key, hash);
    if (at == Items::none) return false;
    f(part.items[at].second);
    return true;
  }
  /// Whether there is a row of `key`.
  [[nodiscard]] bool member(const Key& key) const {
    return visit(key, [](const V&) {});
  }
  /// Removes the row of `key`; says whether there was one.
  bool erase(const Key& key) { return take(key).has_value(); }
  /// Removes the row of `key` and gives what it had.
  std::optional<V> take(const Key& key) {
    const std::uint64_t hash = Hash()(key);
    Part& part = part_of(hash);
    const std::unique_lock lock(part.lock);
    const std::size_t at = part.items.find(key, hash);
    if (at == Items::none) return std::nullopt;
    std::optional<V> taken(std::move(part.items[at].second));
    part.items.erase(at);
    if (bounded()) size_.fetch_sub(1, std::memory_order_relaxed);
    return taken;
  }
  /// Writes `desired` when the row has `expected`; says whether it did.
  bool compare_and_swap(const Key& key, const V& expected, V desired) {
    bool swapped = false;
    update(key, [&](V& value) {
      swapped = value == expected;
      if (swapped) value = std::move(desired);
    });
    return swapped;
  }
  /// Adds to the integer in the row of `key` and gives the sum; a missing row is made from
  /// `initial` first. Errors: `not_found` (no row and no `initial`), `invalid_argument` (no
  /// integer, or the sum does not fit; nothing is changed), `overloaded`. Source:
  /// ets:update_counter/4.
  Result<std::int64_t> update_counter(K key, std::int64_t increment,
                                      std::optional<std::int64_t> initial = std::nullopt)
    requires std::constructible_from<V, std::int64_t>
  {
    const std::uint64_t hash = Hash()(key);
    Part& part = part_of(hash);
    const std::unique_lock lock(part.lock);
    const std::size_t at = part.items.find(key, hash);
    std::int64_t sum = 0;
    if (at != Items::none) {
      const std::optional<std::int64_t> held = integer_in(part.items[at].second);
      if (!held || __builtin_add_overflow(*held, increment, &sum)) {
        return detail::counter_overflow(options_);
      }
      part.items[at].second = V(sum);
      return sum;
    }
    if (!initial) return detail::no_row(options_);
    if (__builtin_add_overflow(*initial, increment, &sum)) {
      return detail::counter_overflow(options_);
    }
    if (auto added = add(part, hash, std::move(key), V(sum)); !added) return added.error();
    return sum;
  }
  /// Removes all rows and gives their memory back.
  void clear() {
    const AllLocked lock(*this);
    for (Part& part : parts_) part.items.clear();
    size_ = 0;
  }

  /// Number of rows.
  [[nodiscard]] std::size_t size() const {
    std::size_t total = 0;
    for (const Part& part : parts_) {
      const std::shared_lock lock(part.lock);
      total += part.items.size();
    }
    return total;
  }
  /// Bytes it has reserved, without what keys and values point to.
  [[nodiscard]] std::size_t bytes() const {
    std::size_t total = sizeof(*this);
    for (const Part& part : parts_) {
      const std::shared_lock lock(part.lock);
      total += part.items.bytes();
    }
    return total;
  }
  /// Copies of all rows; sorted by key when keys can be.
  [[nodiscard]] std::vector<Row> rows() const {
    std::vector<Row> all;
    for (const Part& part : parts_) {
      const std::shared_lock lock(part.lock);
      for (std::size_t at = 0; at < part.items.places(); ++at) all.push_back(part.items[at]);
    }
    if constexpr (requires(const K& a, const K& b) { a < b; }) {
      std::ranges::sort(all, [](const Row& a, const Row& b) { return a.first < b.first; });
    }
    return all;
  }
  /// Calls `f(key, value)` for a copy of each row; no lock is held, so it may use the table.
  template <typename F>
  void for_each(F f) const {
    for (const auto& [key, value] : rows()) f(key, value);
  }
  [[nodiscard]] const std::string& name() const { return options_.name; }

 private:
  struct alignas(64) Part {
    mutable SharedLock lock;
    Items items;
  };
  static constexpr std::size_t part_count = 64;
  static_assert((part_count & (part_count - 1)) == 0);

  /// Holds all parts, in their order, so that two of these cannot wait for each other.
  class AllLocked {
   public:
    explicit AllLocked(Table& table) : table_(table) {
      for (Part& part : table_.parts_) part.lock.lock();
    }
    ~AllLocked() {
      for (Part& part : table_.parts_) part.lock.unlock();
    }
    AllLocked(const AllLocked&) = delete;
    AllLocked& operator=(const AllLocked&) = delete;

   private:
    Table& table_;
  };

  static std::optional<std::int64_t> integer_in(const V& value) {
    if constexpr (std::is_same_v<V, Value>) {
      const auto* const number = value.template get_if<std::int64_t>();
      return number == nullptr ? std::nullopt : std::optional(*number);
    } else {
      return value;
    }
  }
  Part& part_of(std::uint64_t hash) { return parts_[hash % part_count]; }
  const Part& part_of(std::uint64_t hash) const { return parts_[hash % part_count]; }
  [[nodiscard]] bool bounded() const {
    return options_.rows_max != std::numeric_limits<std::size_t>::max();
  }
  Result<void> add(Part& part, std::uint64_t hash, K key, V value) {
    if (bounded() && size_.fetch_add(1, std::memory_order_relaxed) >= options_.rows_max) {
      size_.fetch_sub(1, std::memory_order_relaxed);
      return detail::table_full(options_);
    }
    part.items.insert({std::move(key), std::move(value)}, hash);
    return {};
  }
  V* find_locked(const Key& key) {
    const std::uint64_t hash = Hash()(key);
    Items& items = part_of(hash).items;
    const std::size_t at = items.find(key, hash);
    return at == Items::none ? nullptr : &items[at].second;
  }
  [[nodiscard]] std::size_t size_locked() const {
    std::size_t total = 0;
    for (const Part& part : parts_) total += part.items.size();
    return total;
  }

  TableOptions options_;
  std::array<Part, part_count> parts_;
  std::atomic<std::size_t> size_{0};  ///< of a table with a bound
};

}  // namespace kith
