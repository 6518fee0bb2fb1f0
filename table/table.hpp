// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <mutex>
#include <optional>
#include <string>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/flat_set.hpp"
#include "core/read_biased_lock.hpp"
#include "core/result.hpp"
#include "table/change_feed.hpp"
#include "table/locked_parts.hpp"
#include "table/row_change.hpp"
#include "table/table_hash.hpp"
#include "table/table_options.hpp"
#include "table/table_part.hpp"

namespace kith {

/// Stores one row per key in memory (ETS: `set`, public), unboxed: a row of two integers takes
/// about 30 bytes.
///
///     Table<std::string, int> stock({.name = "stock"});
///     stock.insert("apples", 3).value();
///     std::int64_t left = stock.update_counter("apples", -1).value();
///
/// Each function on one key is atomic and linearizable; `insert_all` is all or nothing. A key needs
/// `==` and `std::hash`; a string may be looked up by `std::string_view`. Source: ets(3), ADR 0015.
/// Thread-safety: all functions from any thread; 64 parts with a lock each, shared by readers.
template <typename K, typename V>
class Table {
  using Hash = table::TableHash<K>;
  using Items = table::TablePart<K, V, Hash>::Items;

 public:
  using Row = std::pair<K, V>;
  using Key = table::LookupKey<K>;  ///< the argument type of lookups
  using Change = TableChange<K, V>;

  explicit Table(TableOptions options = {}) : options_(std::move(options)) {
    for (Part& part : parts_) part.lock.use(reader_lines_);
  }

  /// Inserts or overwrites the row of `key`. Error: `overloaded` (full).
  Result<void> insert(K key, V value) {
    const std::uint64_t hash = Hash()(key);
    Part& part = part_of(hash);
    const std::unique_lock lock(part.lock);
    if (const std::size_t at = part.items.find(key, hash); at != Items::none) {
      write(part, part.items[at], std::move(value));
      return {};
    }
    return add(part, hash, std::move(key), std::move(value));
  }
  /// Inserts the row of `key` unless one exists; true if inserted. Error: `overloaded`.
  Result<bool> insert_new(K key, V value) {
    const std::uint64_t hash = Hash()(key);
    Part& part = part_of(hash);
    const std::unique_lock lock(part.lock);
    if (part.items.find(key, hash) != Items::none) return false;
    if (auto added = add(part, hash, std::move(key), std::move(value)); !added)
      return added.error();
    return true;
  }
  /// Writes all rows, or none if they do not fit; readers see all or none. Of two rows with the
  /// same key the later one wins. Error: `overloaded`.
  Result<void> insert_all(std::vector<Row> rows) {
    const table::LockedParts lock(parts_);
    std::size_t added = 0;
    for (const Row& row : rows) added += find_locked(row.first) == nullptr ? 1 : 0;
    if (added > options_.rows_max - std::min(options_.rows_max, size_locked())) {
      return detail::table_full(options_);
    }
    for (Row& row : rows) {
      const std::uint64_t hash = Hash()(row.first);
      Part& part = part_of(hash);
      if (Row* const found = find_locked(row.first)) {
        write(part, *found, std::move(row.second));
      } else {
        static_cast<void>(add(part, hash, std::move(row.first), std::move(row.second)));
      }
    }
    return {};
  }

  /// Returns a copy of the value of `key`, if any.
  [[nodiscard]] std::optional<V> lookup(const Key& key) const {
    std::optional<V> copy;
    visit(key, [&](const V& value) { copy.emplace(value); });
    return copy;
  }
  /// Calls `f(value)` under the shared lock of its part; false if there is no row. `f` must be
  /// short and must not use the table.
  template <typename F>
  bool visit(const Key& key, F f) const {
    const std::uint64_t hash = Hash()(key);
    const Part& part = part_of(hash);
    const ReadBiasedLock::Reading reading(part.lock);
    const std::size_t at = part.items.find(key, hash);
    if (at == Items::none) return false;
    f(part.items[at].second);
    return true;
  }
  /// Calls `f(value)`, which may modify it, under the exclusive lock of its part; false if there is
  /// no row. `f` must be short and must not use the table. An exception leaves the row unchanged:
  /// `f` gets a copy, unless it is `noexcept` or the value cannot be copied.
  template <typename F>
  bool update(const Key& key, F f) {
    return change(key, [&](V& value) { return table::change_row(value, f); });
  }
  /// Returns whether `key` has a row.
  [[nodiscard]] bool member(const Key& key) const {
    return visit(key, [](const V&) {});
  }
  /// Removes the row of `key`; true if there was one.
  bool erase(const Key& key) { return take(key).has_value(); }
  /// Removes the row of `key` and returns its value, if any.
  std::optional<V> take(const Key& key) {
    const std::uint64_t hash = Hash()(key);
    Part& part = part_of(hash);
    const std::unique_lock lock(part.lock);
    const std::size_t at = part.items.find(key, hash);
    if (at == Items::none) return std::nullopt;
    part.keep_image();
    tell(RowEvent::erased, part.items[at]);
    std::optional<V> taken(std::move(part.items[at].second));
    part.items.erase(at);
    if (bounded()) size_.fetch_sub(1, std::memory_order_relaxed);
    return taken;
  }
  /// Writes `desired` if the row has `expected`; true if written.
  bool compare_and_swap(const Key& key, const V& expected, V desired) {
    return change(key, [&](V& value) {
      const bool swaps = value == expected;
      if (swaps) value = std::move(desired);
      return swaps;
    });
  }
  /// Adds to the integer of `key` and returns the sum; creates a missing row from `initial` first.
  /// Errors, none of which changes the row: `not_found` (no row, no `initial`), `invalid_argument`
  /// (not an integer, or overflow), `overloaded`. Source: ets:update_counter/4.
  Result<std::int64_t> update_counter(K key, std::int64_t increment,
                                      std::optional<std::int64_t> initial = std::nullopt)
    requires table::CounterValue<V>
  {
    const std::uint64_t hash = Hash()(key);
    Part& part = part_of(hash);
    const std::unique_lock lock(part.lock);
    const std::size_t at = part.items.find(key, hash);
    std::int64_t sum = 0;
    if (at != Items::none) {
      const std::optional<std::int64_t> held = table::integer_in(part.items[at].second);
      if (!held || __builtin_add_overflow(*held, increment, &sum) || !table::fits<V>(sum)) {
        return detail::counter_overflow(options_);
      }
      write(part, part.items[at], V(sum));
      return sum;
    }
    if (!initial) return detail::no_row(options_);
    if (__builtin_add_overflow(*initial, increment, &sum) || !table::fits<V>(sum)) {
      return detail::counter_overflow(options_);
    }
    if (auto added = add(part, hash, std::move(key), V(sum)); !added) return added.error();
    return sum;
  }
  /// Removes all rows and frees their memory.
  void clear() {
    const table::LockedParts lock(parts_);
    for (Part& part : parts_) {
      part.keep_image();
      part.items.clear();
    }
    size_ = 0;
    if (feed_.is_watched()) feed_.publish_cleared();
  }

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
  /// Returns all rows as of now. Blocks writers while it takes the 64 locks.
  [[nodiscard]] TableSnapshot<Row> snapshot() const {
    return table::snapshot_of<Row>(parts_, [this] { return size_locked(); });
  }

  /// Returns the number of rows.
  [[nodiscard]] std::size_t size() const {
    std::size_t total = 0;
    for (const Part& part : parts_) {
      const ReadBiasedLock::Reading reading(part.lock);
      total += part.items.size();
    }
    return total;
  }
  /// Returns the bytes reserved, not counting what keys and values point to.
  [[nodiscard]] std::size_t bytes() const {
    std::size_t total = sizeof(*this);
    for (const Part& part : parts_) {
      const ReadBiasedLock::Reading reading(part.lock);
      total += part.items.bytes();
    }
    return total;
  }
  /// Returns copies of all rows as of now, sorted by key if `K` has `<`.
  [[nodiscard]] std::vector<Row> rows() const {
    std::vector<Row> all = snapshot().rows();
    if constexpr (requires(const K& a, const K& b) { a < b; }) {
      std::ranges::sort(all, [](const Row& a, const Row& b) { return a.first < b.first; });
    }
    return all;
  }
  /// Calls `f(key, value)` for a copy of each row, without a lock: `f` may use the table.
  template <typename F>
  void for_each(F f) const {
    for (const auto& [key, value] : rows()) f(key, value);
  }
  [[nodiscard]] const std::string& name() const { return options_.name; }

 private:
  using Part = table::TablePart<K, V, Hash>;
  using Watches = std::unordered_map<K, std::vector<table::WatchQueue<Change>*>, Hash>;
  static constexpr bool can_copy = Part::can_copy;
  static constexpr std::size_t part_count = 64;
  static_assert((part_count & (part_count - 1)) == 0);

  Part& part_of(std::uint64_t hash) { return parts_[hash % part_count]; }
  const Part& part_of(std::uint64_t hash) const { return parts_[hash % part_count]; }
  [[nodiscard]] bool bounded() const {
    return options_.rows_max != std::numeric_limits<std::size_t>::max();
  }
  /// Notifies watchers; called under the part's lock, which orders the changes of a key.
  void tell(RowEvent event, const Row& row) const {
    if constexpr (can_copy) {
      if (feed_.is_watched()) feed_.publish(row.first, [&] { return Change{event, row}; });
    }
  }
  /// Calls `f(value)`, which returns whether it modified the value; false if not, or no row.
  template <typename F>
  bool change(const Key& key, F f) {
    const std::uint64_t hash = Hash()(key);
    Part& part = part_of(hash);
    const std::unique_lock lock(part.lock);
    const std::size_t at = part.items.find(key, hash);
    if (at == Items::none) return false;
    part.keep_image();
    if (!f(part.items[at].second)) return false;
    tell(RowEvent::written, part.items[at]);
    return true;
  }
  void write(Part& part, Row& row, V value) {
    part.keep_image();
    row.second = std::move(value);
    tell(RowEvent::written, row);
  }
  Result<void> add(Part& part, std::uint64_t hash, K key, V value) {
    table::RowRoom room(size_, options_.rows_max);
    if (room.is_full()) return detail::table_full(options_);
    part.keep_image();
    const std::size_t at = part.items.insert({std::move(key), std::move(value)}, hash);
    room.keep();
    tell(RowEvent::written, part.items[at]);
    return {};
  }
  Row* find_locked(const Key& key) {
    const std::uint64_t hash = Hash()(key);
    Items& items = part_of(hash).items;
    const std::size_t at = items.find(key, hash);
    return at == Items::none ? nullptr : &items[at];
  }
  [[nodiscard]] std::size_t size_locked() const {
    std::size_t total = 0;
    for (const Part& part : parts_) total += part.items.size();
    return total;
  }

  TableOptions options_;
  ReaderLines reader_lines_;
  std::array<Part, part_count> parts_;
  table::ChangeFeed<K, Change, Watches> feed_;
  std::atomic<std::size_t> size_{0};  ///< rows, counted only if `rows_max` bounds them
};

}  // namespace kith
