#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/result.hpp"
#include "core/shared_lock.hpp"
#include "table/ordered_set.hpp"
#include "table/table.hpp"

namespace kith {

namespace table {

/// Compares what can be compared three ways.
struct ThreeWay {
  template <typename K>
  std::weak_ordering operator()(const K& a, const K& b) const {
    return std::compare_weak_order_fallback(a, b);
  }
};

}  // namespace table

/// A `Table` whose rows are in the order of their keys (ETS: `ordered_set`): it can be walked from
/// key to key and asked for ranges. Keys need `<`. Each function is atomic.
/// Source: ets(3). Thread-safety: all functions from any thread. One lock; readers do not hold up
/// readers.
template <typename K, typename V>
class OrderedTable {
 public:
  using Row = std::pair<K, V>;

  explicit OrderedTable(TableOptions options = {}) : options_(std::move(options)) {}

  /// Writes the row of `key`, over the old one if there was one. Error: `overloaded` (full).
  Result<void> insert(K key, V value) {
    const std::unique_lock lock(lock_);
    if (Row* const row = rows_.find(key)) {
      row->second = std::move(value);
      return {};
    }
    return add(std::move(key), std::move(value));
  }
  /// Writes the row of `key` unless there is one; says whether it did. Error: `overloaded`.
  Result<bool> insert_new(K key, V value) {
    const std::unique_lock lock(lock_);
    if (rows_.find(key) != nullptr) return false;
    if (auto added = add(std::move(key), std::move(value)); !added) return added.error();
    return true;
  }
  /// A copy of what the key has.
  [[nodiscard]] std::optional<V> lookup(const K& key) const {
    const std::shared_lock lock(lock_);
    const Row* const row = rows_.find(key);
    return row == nullptr ? std::nullopt : std::optional<V>(row->second);
  }
  /// Whether there is a row of `key`.
  [[nodiscard]] bool member(const K& key) const {
    const std::shared_lock lock(lock_);
    return rows_.find(key) != nullptr;
  }
  /// Removes the row of `key` and gives what it had.
  std::optional<V> take(const K& key) {
    const std::unique_lock lock(lock_);
    if (rows_.find(key) == nullptr) return std::nullopt;
    const auto place = rows_.not_less(key);
    std::optional<V> taken(std::move(rows_.at(place).second));
    rows_.erase(place);
    return taken;
  }
  /// Removes the row of `key`; says whether there was one.
  bool erase(const K& key) { return take(key).has_value(); }
  /// Adds to the integer in the row of `key` and gives the sum; a missing row is made from
  /// `initial` first. Errors: `not_found` (no row and no `initial`), `invalid_argument` (the sum
  /// does not fit), `overloaded`.
  Result<std::int64_t> update_counter(K key, std::int64_t increment,
                                      std::optional<std::int64_t> initial = std::nullopt)
    requires std::is_same_v<V, std::int64_t>
  {
    const std::unique_lock lock(lock_);
    Row* const row = rows_.find(key);
    if (row == nullptr && !initial) return detail::no_row(options_);
    std::int64_t sum = 0;
    if (__builtin_add_overflow(row == nullptr ? *initial : row->second, increment, &sum)) {
      return detail::counter_overflow(options_);
    }
    if (row != nullptr) return row->second = sum;
    if (auto added = add(std::move(key), V(sum)); !added) return added.error();
    return sum;
  }
  void clear() {
    const std::unique_lock lock(lock_);
    rows_.clear();
  }

  /// The first row, and the first one behind a key.
  [[nodiscard]] std::optional<Row> first() const {
    const std::shared_lock lock(lock_);
    return row_at(rows_.begin());
  }
  [[nodiscard]] std::optional<Row> next(const K& key) const {
    const std::shared_lock lock(lock_);
    return row_at(rows_.greater(key));
  }
  /// The last row, and the last one before a key.
  [[nodiscard]] std::optional<Row> last() const {
    const std::shared_lock lock(lock_);
    return row_before(rows_.end());
  }
  [[nodiscard]] std::optional<Row> previous(const K& key) const {
    const std::shared_lock lock(lock_);
    return row_before(rows_.not_less(key));
  }
  /// Copies of the rows from `from` on and before `to`, at most `limit`, in order.
  [[nodiscard]] std::vector<Row> range(const K& from, const K& to,
                                       std::size_t limit = static_cast<std::size_t>(-1)) const {
    const std::shared_lock lock(lock_);
    std::vector<Row> found;
    for (auto at = rows_.not_less(from); at != rows_.end() && found.size() < limit;
         at = rows_.next(at)) {
      if (!(rows_.at(at).first < to)) break;
      found.push_back(rows_.at(at));
    }
    return found;
  }
  /// Copies of all rows in order.
  [[nodiscard]] std::vector<Row> rows() const {
    const std::shared_lock lock(lock_);
    std::vector<Row> all;
    all.reserve(rows_.size());
    for (auto at = rows_.begin(); at != rows_.end(); at = rows_.next(at)) {
      all.push_back(rows_.at(at));
    }
    return all;
  }
  /// Number of rows.
  [[nodiscard]] std::size_t size() const {
    const std::shared_lock lock(lock_);
    return rows_.size();
  }
  /// Bytes it has reserved, without what keys and values point to.
  [[nodiscard]] std::size_t bytes() const {
    const std::shared_lock lock(lock_);
    return sizeof(*this) + rows_.bytes();
  }
  [[nodiscard]] const std::string& name() const { return options_.name; }

 private:
  using Rows = table::OrderedSet<Row, K, table::FirstOfPair, table::ThreeWay>;

  [[nodiscard]] std::optional<Row> row_at(typename Rows::Place place) const {
    return place == rows_.end() ? std::nullopt : std::optional<Row>(rows_.at(place));
  }
  [[nodiscard]] std::optional<Row> row_before(typename Rows::Place place) const {
    if (place == rows_.begin()) return std::nullopt;
    return rows_.at(rows_.previous(place));
  }
  Result<void> add(K key, V value) {
    if (rows_.size() >= options_.rows_max) return detail::table_full(options_);
    rows_.insert({std::move(key), std::move(value)});
    return {};
  }

  TableOptions options_;
  mutable SpreadSharedLock lock_;
  Rows rows_;
};

}  // namespace kith
