// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/mutex.hpp"
#include "core/result.hpp"
#include "core/value.hpp"
#include "table/match_spec.hpp"
#include "table/table_snapshot.hpp"
#include "table/table_updates.hpp"
#include "table/table_watch.hpp"

namespace kith {

/// Selects how many rows a key may have and their order. Source: ets:new/2.
enum class TableType : std::uint8_t {
  set,            ///< one row per key
  ordered_set,    ///< one row per key, in the order of keys; 1 and 1.0 are the same key
  bag,            ///< several different rows per key
  duplicate_bag,  ///< several rows per key, also equal ones
};

/// Options of a `ValueTable`. Thread-safety: plain value.
struct ValueTableOptions {
  TableType type = TableType::set;
  std::size_t key_position = 1;  ///< of the key in each row, from 1
  /// Further rows are refused as `overloaded`. Each row costs memory.
  std::size_t rows_max = std::numeric_limits<std::size_t>::max();
};

/// Describes a change of a row of a `ValueTable`. Thread-safety: plain value.
struct ValueTableChange {
  RowEvent event = RowEvent::written;
  Value key;
  TableRow row;  ///< as written, or as it was before it was erased
};

/// Position in a selection: see `ValueTable::select`. In an ordered_set it continues after the last
/// key visited. In the other types it visits each row that is not erased exactly once while the
/// table is fixed, all rows of a key together. Thread-safety: none; a copy continues independently.
class TableCursor {
 public:
  /// Begins at the first row, or at the last one if `backwards` (ordered_set only).
  explicit TableCursor(MatchSpec spec, bool backwards = false)
      : spec_(std::make_shared<const MatchSpec>(std::move(spec))), backwards_(backwards) {}
  /// Returns whether all rows were visited.
  [[nodiscard]] bool ended() const { return ended_; }

 private:
  friend class ValueTable;
  std::shared_ptr<const MatchSpec> spec_;
  bool backwards_;
  bool ended_ = false;
  std::optional<Value> last_key_;  ///< of an ordered_set
  std::size_t part_ = 0;           ///< this and the next two: of the other types
  std::size_t place_ = 0;
  ValueArray waiting_;  ///< results of a key beyond the limit, in reverse order
};

/// Stores rows that are arrays of terms, one of which is the key (ETS). Used by match
/// specifications, the command and the wire protocol.
///
///     ValueTable stock({.type = TableType::ordered_set});
///     stock.insert({"apples", 3}).value();
///     auto left = stock.update_counter("apples", {{.position = 2, .increment = -1}}).value();
///     ValueTable::Rows rows = stock.lookup("apples");  // [["apples", 2]]
///
/// Writes are atomic, also of several rows together. `rows` and the `select` functions visit one
/// part after the other, so that a row written during the walk may be missing, as in ETS; an
/// ordered_set has one part. Errors of all writes, which then change nothing: `invalid_argument` (a
/// row without key), `overloaded` (full). Source: ets(3).
/// Thread-safety: all functions from any thread; locks are shared by readers.
class ValueTable {
 public:
  using Row = TableRow;
  using Rows = std::vector<Row>;

  explicit ValueTable(const ValueTableOptions& options = {});
  ~ValueTable();
  ValueTable(const ValueTable&) = delete;
  ValueTable& operator=(const ValueTable&) = delete;

  /// Inserts rows; overwrites the row of the same key in sets, adds to the key's rows in bags.
  Result<void> insert(Row row);
  Result<void> insert_all(Rows rows);
  /// Inserts all rows if none of their keys exist; true if inserted.
  Result<bool> insert_new(Rows rows);

  /// Returns the rows of a key in insertion order.
  [[nodiscard]] Rows lookup(const Value& key) const;
  /// Returns one element (from 1) of the row of a key; in bags an array with that element of each
  /// row. Error: `not_found` (no such row, or it is too short).
  [[nodiscard]] Result<Value> lookup_element(const Value& key, std::size_t position) const;
  [[nodiscard]] bool member(const Value& key) const;
  /// Removes the rows of a key and returns their number.
  std::size_t erase(const Value& key);
  /// Removes the rows exactly equal to this one and returns their number.
  std::size_t erase_row(const Row& row);
  /// Removes the rows of a key and returns them.
  Rows take(const Value& key);
  void clear();

  /// Adds to integers of the row of a key in order and returns the sums. Creates a missing row from
  /// `initial`, with `key` as its key. Errors: `not_found` (no row), `invalid_argument` (no such
  /// element, not an integer, the key's element, a bag, overflow).
  Result<std::vector<std::int64_t>> update_counter(const Value& key,
                                                   const std::vector<CounterUpdate>& updates,
                                                   std::optional<Row> initial = std::nullopt);
  /// Writes elements of the row of a key; false if there is no row. Error: `invalid_argument` (the
  /// key's element, no such element, a bag).
  Result<bool> update_element(const Value& key, std::vector<ElementUpdate> updates);
  /// Replaces the row `expected` by `desired`; false if that row is not in the table. Error:
  /// `invalid_argument` (different keys, or a bag).
  Result<bool> compare_and_swap(const Row& expected, Row desired);

  /// Returns the first, or the last, key in the order of the table.
  [[nodiscard]] std::optional<Value> first() const;
  [[nodiscard]] std::optional<Value> last() const;
  /// Returns the key after, or before, this one; nullopt at the end. Error: `not_found` (the key is
  /// not in the table; not in an ordered_set, and not for a key erased since the table was fixed).
  [[nodiscard]] Result<std::optional<Value>> next(const Value& key) const;
  [[nodiscard]] Result<std::optional<Value>> previous(const Value& key) const;
  /// Makes walks safe against erasure until `release` was called as often as `fix`. Erased rows
  /// keep their memory while the table is fixed. `release` of a table not fixed does nothing.
  void fix();
  void release();
  [[nodiscard]] bool is_fixed() const;

  /// Watches all rows, one key, or string keys with a prefix.
  [[nodiscard]] TableWatch<ValueTableChange> watch(WatchOptions options = {}) const;
  [[nodiscard]] TableWatch<ValueTableChange> watch_key(Value key, WatchOptions options = {}) const;
  [[nodiscard]] TableWatch<ValueTableChange> watch_prefix(std::string prefix,
                                                          WatchOptions options = {}) const;

  /// Returns all rows as of now; in key order in an ordered_set. Blocks writers while it takes up
  /// to 64 locks.
  [[nodiscard]] TableSnapshot<Row> snapshot() const;
  /// Returns all rows; in key order in an ordered_set.
  [[nodiscard]] Rows rows() const;
  /// Returns the results of a specification; in key order, or `backwards`, in an ordered_set.
  [[nodiscard]] ValueArray select(const MatchSpec& spec, bool backwards = false) const;
  /// Returns up to `limit` more results; none once the cursor has ended.
  [[nodiscard]] ValueArray select(TableCursor& cursor, std::size_t limit) const;
  /// Counts the rows whose result is true; `select_erase` removes them.
  [[nodiscard]] std::size_t select_count(const MatchSpec& spec) const;
  std::size_t select_erase(const MatchSpec& spec);
  /// Replaces rows by their results and returns their number. Error: `invalid_argument` (a bag, or
  /// the specification does not show that each result is a row with the same key).
  Result<std::size_t> select_replace(const MatchSpec& spec);

  /// Returns the number of rows.
  [[nodiscard]] std::size_t size() const;
  /// Returns the bytes reserved, including rows but not the strings and arrays in them.
  [[nodiscard]] std::size_t bytes() const;
  [[nodiscard]] TableType type() const { return options_.type; }
  [[nodiscard]] std::size_t key_position() const { return options_.key_position; }

 private:
  struct Part;
  struct Feed;
  class Writing;

  [[nodiscard]] bool is_bag() const;
  [[nodiscard]] bool is_ordered() const { return options_.type == TableType::ordered_set; }
  [[nodiscard]] const Value& key_of(const Row& row) const { return row[options_.key_position - 1]; }
  [[nodiscard]] Result<void> check(const Rows& rows) const;
  [[nodiscard]] std::size_t part_number(const Value& key) const;
  [[nodiscard]] Part& part_of(const Value& key) const;
  [[nodiscard]] std::size_t count_new(const Rows& rows) const;
  [[nodiscard]] Result<std::size_t> make_room(const Rows& rows);
  [[nodiscard]] bool has(const Value& key) const;
  [[nodiscard]] Result<void> put_all(Rows rows);
  bool put(Row row);
  void tell(RowEvent event, const Row& row) const;
  ValueArray select_ordered(TableCursor& cursor, std::size_t limit) const;
  ValueArray select_unordered(TableCursor& cursor, std::size_t limit) const;

  ValueTableOptions options_;
  std::size_t part_count_;
  std::unique_ptr<Part[]> parts_;
  std::unique_ptr<Feed> feed_;
  std::atomic<std::size_t> size_{0};
  mutable Mutex fixes_mutex_;
  std::size_t fixes_ KITH_GUARDED_BY(fixes_mutex_) = 0;
};

}  // namespace kith
