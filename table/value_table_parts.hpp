// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <map>
#include <vector>

#include "core/flat_set.hpp"
#include "core/prefetch.hpp"
#include "core/shared_lock.hpp"
#include "core/value_hash.hpp"
#include "table/change_feed.hpp"
#include "table/ordered_set.hpp"
#include "table/value_table.hpp"

/// Parts of a `ValueTable`. Internal to table/.
namespace kith {

namespace table {

/// The rows of one key, at least one; exactly one in sets. The first is stored inline, so that a
/// set needs no vector per key.
struct RowsOfKey {
  TableRow row;
  std::vector<TableRow> more;

  [[nodiscard]] std::size_t size() const { return 1 + more.size(); }
  [[nodiscard]] TableRow& operator[](std::size_t i) { return i == 0 ? row : more[i - 1]; }
  [[nodiscard]] const TableRow& operator[](std::size_t i) const {
    return i == 0 ? row : more[i - 1];
  }
  /// Removes row `i`; there must be at least two.
  void erase(std::size_t i) {
    if (i == 0) row = std::move(more[i]);
    more.erase(more.begin() + static_cast<std::ptrdiff_t>(i == 0 ? 0 : i - 1));
  }
};

/// Returns the key of a row.
struct KeyAt {
  std::size_t position = 0;  ///< from zero

  const Value& operator()(const TableRow& row) const { return row[position]; }
  const Value& operator()(const RowsOfKey& rows) const { return rows.row[position]; }
};

/// Order of keys in an ordered_set.
struct OrderByValue {
  std::weak_ordering operator()(const Value& a, const Value& b) const {
    return order_by_value(a, b);
  }
};

/// Order of watched keys; `by_value`: 1 and 1.0 are the same key, as in an ordered_set.
struct KeyLess {
  bool by_value = false;

  bool operator()(const Value& a, const Value& b) const {
    return by_value ? order_by_value(a, b) < 0 : a < b;
  }
};

/// Prefetches the row that a walk reaches 16 places later. Rows are scattered in memory, so a walk
/// would wait for each of them; their addresses are contiguous and known in advance. Fetches at
/// most three cache lines, the beginning of the row.
template <typename Hashed>
[[gnu::always_inline]] inline void prefetch_ahead(const Hashed& hashed, std::size_t place) {
  constexpr std::size_t ahead = 16;
  constexpr std::size_t line_bytes = 64;
  constexpr std::size_t lines_max = 3;
  if (place + ahead >= hashed.places()) return;
  const TableRow& row = hashed[place + ahead].row;
  const auto* const begin = reinterpret_cast<const char*>(row.data());
  const std::size_t bytes = std::min(row.size() * sizeof(Value), lines_max * line_bytes);
  for (std::size_t at = 0; at < bytes; at += line_bytes) prefetch(begin + at);
}

/// Calls `f(row)` for each row of each key.
template <typename Hashed, typename F>
void for_each_row(const Hashed& hashed, F f) {
  for (std::size_t place = 0; place < hashed.places(); ++place) {
    prefetch_ahead(hashed, place);
    if (hashed.is_hole(place)) continue;
    const RowsOfKey& rows = hashed[place];
    for (std::size_t i = 0; i < rows.size(); ++i) f(rows[i]);
  }
}

}  // namespace table

/// The watches of the table.
struct ValueTable::Feed {
  using Watches = std::vector<table::WatchQueue<ValueTableChange>*>;
  using Index = std::map<Value, Watches, table::KeyLess>;

  explicit Feed(bool by_value) : changes(Index(table::KeyLess{by_value})) {}
  table::ChangeFeed<Value, ValueTableChange, Index> changes;
};

/// One part: some of the keys with their rows, and the lock that guards them. Either `hashed` or
/// `ordered` is in use.
struct alignas(64) ValueTable::Part {
  using Hashed = FlatSet<table::RowsOfKey, table::KeyAt, ValueHash>;
  using Ordered = table::OrderedSet<Row, Value, table::KeyAt, table::OrderByValue>;

  mutable SharedLock lock;
  Hashed hashed;    ///< for the unordered types
  Ordered ordered;  ///< for an ordered_set
  table::PartImages<Row> images;

  void key_at(std::size_t position) {
    hashed = Hashed(table::KeyAt{position});
    ordered = Ordered(table::KeyAt{position});
  }
  /// Returns the place of a key in `hashed`, or `Hashed::none`.
  [[nodiscard]] std::size_t find(const Value& key) const {
    return hashed.find(key, ValueHash()(key));
  }
  /// Calls `f(row)` for each row.
  template <typename F>
  void for_each(F f) const {
    for (auto at = ordered.begin(); at != ordered.end(); at = ordered.next(at)) f(ordered.at(at));
    table::for_each_row(hashed, f);
  }
  [[nodiscard]] Rows rows() const {
    Rows all;
    for_each([&](const Row& row) { all.push_back(row); });
    return all;
  }
  /// Must be called before each change: serves the snapshots.
  void keep_image() {
    images.keep([this] { return rows(); });
  }
};

}  // namespace kith
