// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <compare>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/result.hpp"
#include "table/change_feed.hpp"
#include "table/range_parts.hpp"
#include "table/row_change.hpp"
#include "table/table_options.hpp"
#include "table/table_part.hpp"

namespace kith {

namespace table {

/// Compares keys with `<=>`, or with `<` and `==` if they have no `<=>`.
struct ThreeWay {
  template <typename K>
  std::weak_ordering operator()(const K& a, const K& b) const {
    return std::compare_weak_order_fallback(a, b);
  }
};

}  // namespace table

/// Stores rows in the order of their keys (ETS: `ordered_set`), for ranges and ordered walks.
///
///     OrderedTable<std::int64_t, std::string> events;
///     events.insert(10, "start").value();
///     for (const auto& [time, text] : events.range(0, 100)) system.log().info("events", text);
///
/// Keys need `<`. Each function is atomic, also those that return several rows. Source: ets(3), ADR
/// 0015. Thread-safety: all functions from any thread; a range of keys where threads contend is
/// halved, and each half gets its own lock, shared by readers.
template <typename K, typename V>
class OrderedTable {
 public:
  using Row = std::pair<K, V>;
  using Change = TableChange<K, V>;

  explicit OrderedTable(TableOptions options = {}) : options_(std::move(options)) {}

  /// Inserts or overwrites the row of `key`. Error: `overloaded` (full).
  Result<void> insert(K key, V value) {
    return rows_.write(key, [&](Set& rows) -> Result<void> {
      Row* const row = rows.find(key);
      if (row == nullptr) return add(rows, std::move(key), std::move(value));
      write(*row, std::move(value));
      return {};
    });
  }
  /// Inserts the row of `key` unless one exists; true if inserted. Error: `overloaded`.
  Result<bool> insert_new(K key, V value) {
    return rows_.write(key, [&](Set& rows) -> Result<bool> {
      if (rows.find(key) != nullptr) return false;
      if (auto added = add(rows, std::move(key), std::move(value)); !added) return added.error();
      return true;
    });
  }
  /// Returns a copy of the value of `key`, if any.
  [[nodiscard]] std::optional<V> lookup(const K& key) const {
    return rows_.read(key, [&](const Set& rows) {
      const Row* const row = rows.find(key);
      return row == nullptr ? std::nullopt : std::optional<V>(row->second);
    });
  }
  /// Returns whether `key` has a row.
  [[nodiscard]] bool member(const K& key) const {
    return rows_.read(key, [&](const Set& rows) { return rows.find(key) != nullptr; });
  }
  /// Removes the row of `key` and returns its value, if any.
  std::optional<V> take(const K& key) {
    return rows_.write(key, [&](Set& rows) -> std::optional<V> {
      Row* const row = rows.find(key);
      if (row == nullptr) return std::nullopt;
      tell(RowEvent::erased, *row);
      std::optional<V> taken(std::move(row->second));
      rows.erase(rows.not_less(key));
      if (is_bounded()) size_.fetch_sub(1, std::memory_order_relaxed);
      return taken;
    });
  }
  /// Removes the row of `key`; true if there was one.
  bool erase(const K& key) { return take(key).has_value(); }
  /// Writes `desired` if the row has `expected`; true if written.
  bool compare_and_swap(const K& key, const V& expected, V desired) {
    return rows_.write(key, [&](Set& rows) {
      Row* const row = rows.find(key);
      if (row == nullptr || !(row->second == expected)) return false;
      write(*row, std::move(desired));
      return true;
    });
  }
  /// Adds to the integer of `key` and returns the sum; creates a missing row from `initial` first.
  /// Errors: `not_found` (no row, no `initial`), `invalid_argument` (overflow), `overloaded`.
  Result<std::int64_t> update_counter(K key, std::int64_t increment,
                                      std::optional<std::int64_t> initial = std::nullopt)
    requires std::is_same_v<V, std::int64_t>
  {
    return rows_.write(key, [&](Set& rows) -> Result<std::int64_t> {
      Row* const row = rows.find(key);
      if (row == nullptr && !initial) return detail::no_row(options_);
      std::int64_t sum = 0;
      if (__builtin_add_overflow(row == nullptr ? *initial : row->second, increment, &sum)) {
        return detail::counter_overflow(options_);
      }
      if (row != nullptr) {
        write(*row, sum);
      } else if (auto added = add(rows, std::move(key), sum); !added) {
        return added.error();
      }
      return sum;
    });
  }
  /// Removes all rows and frees their memory.
  void clear() {
    rows_.clear([&] {
      size_ = 0;
      if (feed_.is_watched()) feed_.publish_cleared();
    });
  }

  /// Returns the first row, or the first one after a key.
  [[nodiscard]] std::optional<Row> first() const {
    return first_of({}, [](const Set& rows) { return rows.begin(); });
  }
  [[nodiscard]] std::optional<Row> next(const K& key) const {
    return first_of(key, [&](const Set& rows) { return rows.greater(key); });
  }
  /// Returns the last row, or the last one before a key.
  [[nodiscard]] std::optional<Row> last() const {
    return last_of({}, [](const Set& rows) { return rows.end(); });
  }
  [[nodiscard]] std::optional<Row> previous(const K& key) const {
    return last_of(key, [&](const Set& rows) { return rows.not_less(key); });
  }
  /// Returns copies of up to `limit` rows with keys in [`from`, `to`), in order.
  [[nodiscard]] std::vector<Row> range(const K& from, const K& to,
                                       std::size_t limit = static_cast<std::size_t>(-1)) const {
    std::vector<Row> found;
    rows_.read_up(from, [&](const Set& rows) {
      for (auto at = rows.not_less(from); at != rows.end(); at = rows.next(at)) {
        if (found.size() == limit || !(rows.at(at).first < to)) return true;
        found.push_back(rows.at(at));
      }
      return false;
    });
    return found;
  }
  /// Returns copies of all rows as of now, in order.
  [[nodiscard]] std::vector<Row> rows() const { return snapshot().rows(); }
  /// Returns all rows as of now, in order. Blocks writers while it visits each part.
  [[nodiscard]] TableSnapshot<Row> snapshot() const { return rows_.snapshot(); }

  /// Watches all rows, one key, or keys with a prefix.
  [[nodiscard]] TableWatch<Change> watch(WatchOptions options = {}) {
    return feed_.watch_where([](const K&) { return true; }, options);
  }
  [[nodiscard]] TableWatch<Change> watch_key(K key, WatchOptions options = {}) {
    return feed_.watch_key(std::move(key), options);
  }
  [[nodiscard]] TableWatch<Change> watch_prefix(std::string prefix, WatchOptions options = {})
    requires std::same_as<K, std::string>
  {
    return feed_.watch_where([prefix](const K& key) { return key.starts_with(prefix); }, options);
  }

  /// Returns the number of rows.
  [[nodiscard]] std::size_t size() const {
    std::size_t total = 0;
    rows_.read_up({}, [&](const Set& rows) {
      total += rows.size();
      return false;
    });
    return total;
  }
  /// Returns the bytes reserved, not counting what keys and values point to.
  [[nodiscard]] std::size_t bytes() const {
    std::size_t total = sizeof(*this);
    rows_.read_up({}, [&](const Set& rows) {
      total += rows.bytes();
      return false;
    });
    return total;
  }
  [[nodiscard]] const std::string& name() const { return options_.name; }

 private:
  using Rows = table::RangeParts<Row, K, table::FirstOfPair, table::ThreeWay>;
  using Set = typename Rows::Set;
  using Watches = std::map<K, std::vector<table::WatchQueue<Change>*>>;

  [[nodiscard]] bool is_bounded() const {
    return options_.rows_max != std::numeric_limits<std::size_t>::max();
  }
  template <typename F>
  [[nodiscard]] std::optional<Row> first_of(const std::optional<K>& from, F place_in) const {
    std::optional<Row> found;
    rows_.read_up(from, [&](const Set& rows) {
      const auto at = place_in(rows);
      if (at != rows.end()) found = rows.at(at);
      return found.has_value();
    });
    return found;
  }
  template <typename F>
  [[nodiscard]] std::optional<Row> last_of(const std::optional<K>& from, F place_in) const {
    std::optional<Row> found;
    rows_.read_down(from, [&](const Set& rows) {
      const auto at = place_in(rows);
      if (at != rows.begin()) found = rows.at(rows.previous(at));
      return found.has_value();
    });
    return found;
  }
  /// Notifies watchers; called under the part's lock, which orders the changes of a key.
  void tell(RowEvent event, const Row& row) const {
    if (feed_.is_watched()) feed_.publish(row.first, [&] { return Change{event, row}; });
  }
  void write(Row& row, V value) {
    row.second = std::move(value);
    tell(RowEvent::written, row);
  }
  Result<void> add(Set& rows, K key, V value) {
    table::RowRoom room(size_, options_.rows_max);
    if (room.is_full()) return detail::table_full(options_);
    if (feed_.is_watched()) tell(RowEvent::written, {key, value});
    rows.insert({std::move(key), std::move(value)});
    room.keep();
    return {};
  }

  TableOptions options_;
  Rows rows_;
  std::atomic<std::size_t> size_{0};  ///< rows, counted only if `rows_max` bounds them
  table::ChangeFeed<K, Change, Watches> feed_;
};

}  // namespace kith
