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

/// What a `ValueTable` is made of. Internal to table/.
namespace kith {

namespace table {

/// The rows of one key: one in sets.
struct RowsOfKey {
  TableRow row;
  std::vector<TableRow> more;

  [[nodiscard]] std::size_t size() const { return 1 + more.size(); }
  [[nodiscard]] TableRow& operator[](std::size_t i) { return i == 0 ? row : more[i - 1]; }
  [[nodiscard]] const TableRow& operator[](std::size_t i) const {
    return i == 0 ? row : more[i - 1];
  }
  /// Removes one of several rows.
  void erase(std::size_t i) {
    if (i == 0) row = std::move(more[i]);
    more.erase(more.begin() + static_cast<std::ptrdiff_t>(i == 0 ? 0 : i - 1));
  }
};

/// The key of a row.
struct KeyAt {
  std::size_t position = 0;  ///< from zero

  const Value& operator()(const TableRow& row) const { return row[position]; }
  const Value& operator()(const RowsOfKey& rows) const { return rows.row[position]; }
};

/// How an ordered_set compares.
struct OrderByValue {
  std::weak_ordering operator()(const Value& a, const Value& b) const {
    return order_by_value(a, b);
  }
};

/// Which keys are one key: an ordered_set takes 1 and 1.0 for the same.
struct KeyLess {
  bool by_value = false;

  bool operator()(const Value& a, const Value& b) const {
    return by_value ? order_by_value(a, b) < 0 : a < b;
  }
};

/// Rows lie anywhere, so that a walk waits for the memory of each, but their addresses lie side by
/// side. Fetches the begin of the row that a walk will come to a little later.
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

/// Calls `f(row)` for each row of a set of keys.
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

/// Who watches the table.
struct ValueTable::Feed {
  using Watches = std::vector<table::WatchQueue<ValueTableChange>*>;
  using Index = std::map<Value, Watches, table::KeyLess>;

  explicit Feed(bool by_value) : changes(Index(table::KeyLess{by_value})) {}
  table::ChangeFeed<Value, ValueTableChange, Index> changes;
};

/// Some of the keys and the lock that guards them.
struct alignas(64) ValueTable::Part {
  using Hashed = FlatSet<table::RowsOfKey, table::KeyAt, ValueHash>;
  using Ordered = table::OrderedSet<Row, Value, table::KeyAt, table::OrderByValue>;

  mutable SharedLock lock;
  Hashed hashed;    ///< of the types without order
  Ordered ordered;  ///< of an ordered_set
  table::PartImages<Row> images;

  void key_at(std::size_t position) {
    hashed = Hashed(table::KeyAt{position});
    ordered = Ordered(table::KeyAt{position});
  }
  /// The place of a key among the hashed ones, or `Hashed::none`.
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
  /// Before any change.
  void keep_image() {
    images.keep([this] { return rows(); });
  }
};

}  // namespace kith
