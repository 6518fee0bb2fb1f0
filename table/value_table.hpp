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

/// Which rows a table may hold beside each other. Source: ets:new/2.
enum class TableType : std::uint8_t {
  set,            ///< one row for each key
  ordered_set,    ///< the same, in the order of keys, for which 1 and 1.0 are one key
  bag,            ///< several rows for each key, but no row twice
  duplicate_bag,  ///< several rows for each key
};

/// How a `ValueTable` is made. Thread-safety: plain value.
struct ValueTableOptions {
  TableType type = TableType::set;
  std::size_t key_position = 1;  ///< of the key in each row, from 1
  std::size_t rows_max = std::numeric_limits<std::size_t>::max();  ///< more are `overloaded`
};

/// What has happened to a row of a `ValueTable`. Thread-safety: plain value.
struct ValueTableChange {
  RowEvent event = RowEvent::written;
  Value key;
  TableRow row;  ///< as written; or as it was, when it was erased
};

/// The way through a selection, part by part: see `ValueTable::select`. An ordered_set goes on
/// behind the last key it has looked at, and takes rows as they are then; the other types meet each
/// row that stays once, while the table is fixed, and look at all rows of a key together.
/// Thread-safety: none; copies go on from here.
class TableCursor {
 public:
  /// At the begin, or at the end when `backwards`, which only an ordered_set knows.
  explicit TableCursor(MatchSpec spec, bool backwards = false)
      : spec_(std::make_shared<const MatchSpec>(std::move(spec))), backwards_(backwards) {}
  /// There is nothing more.
  [[nodiscard]] bool ended() const { return ended_; }

 private:
  friend class ValueTable;
  std::shared_ptr<const MatchSpec> spec_;
  bool backwards_;
  bool ended_ = false;
  std::optional<Value> last_key_;  ///< of an ordered_set
  std::size_t part_ = 0;           ///< of the other types, with the two that follow
  std::size_t place_ = 0;
  ValueArray waiting_;  ///< results of a key that were more than the limit, the next one last
};

/// An in-memory table of rows that are arrays of terms, one element of which is the key: what the
/// command, the wire and match specifications work on. Writing is atomic, also of several rows
/// together. `rows`, `select` and their kin pass through the table part by part and may or may not
/// meet a row that is written meanwhile, as in ETS; an ordered_set is one part.
/// Errors of all writes: `invalid_argument` (a row without key), `overloaded` (full); nothing is
/// changed then. Source: ets(3).
/// Thread-safety: all functions from any thread; readers do not hold up readers.
class ValueTable {
 public:
  using Row = TableRow;
  using Rows = std::vector<Row>;

  explicit ValueTable(const ValueTableOptions& options = {});
  ~ValueTable();
  ValueTable(const ValueTable&) = delete;
  ValueTable& operator=(const ValueTable&) = delete;

  /// Writes rows: over the one of the same key in the two kinds of set, beside it in bags.
  Result<void> insert(Row row);
  Result<void> insert_all(Rows rows);
  /// Writes all rows when no key of them is in the table; says whether it did.
  Result<bool> insert_new(Rows rows);

  /// The rows of a key, in the order of their insertion.
  [[nodiscard]] Rows lookup(const Value& key) const;
  /// One element (from 1) of the row of a key; in bags the array of that element of all rows.
  /// Error: `not_found` (no such row, or it is too short).
  [[nodiscard]] Result<Value> lookup_element(const Value& key, std::size_t position) const;
  [[nodiscard]] bool member(const Value& key) const;
  /// Removes the rows of a key; how many there were.
  std::size_t erase(const Value& key);
  /// Removes the rows that are exactly equal to this one; how many there were.
  std::size_t erase_row(const Row& row);
  /// Removes the rows of a key and gives them.
  Rows take(const Value& key);
  void clear();

  /// Adds to integers of the row of a key, one after the other, and gives the sums. A missing row
  /// is made of `initial`, with its key replaced. Errors: `not_found` (no row), `invalid_argument`
  /// (no such element or no integer, the key, a bag, a sum beyond 64 bits).
  Result<std::vector<std::int64_t>> update_counter(const Value& key,
                                                   const std::vector<CounterUpdate>& updates,
                                                   std::optional<Row> initial = std::nullopt);
  /// Writes elements of the row of a key; false when there is none. Error: `invalid_argument` (the
  /// key, no such element, a bag).
  Result<bool> update_element(const Value& key, std::vector<ElementUpdate> updates);
  /// Writes `desired` in the place of `expected` when that row is in the table; says whether it
  /// was. Errors: `invalid_argument` (differing keys, or a bag).
  Result<bool> compare_and_swap(const Row& expected, Row desired);

  /// The first and last key, in the order of the table.
  [[nodiscard]] std::optional<Value> first() const;
  [[nodiscard]] std::optional<Value> last() const;
  /// The key after, or before, this one. Error: `not_found`: the key is not in the table, which an
  /// ordered_set does not mind, nor a fixed table when it was erased since.
  [[nodiscard]] Result<std::optional<Value>> next(const Value& key) const;
  [[nodiscard]] Result<std::optional<Value>> previous(const Value& key) const;
  /// Makes walks safe against erasures, until `release` was called as often. While a table is
  /// fixed, erased rows keep their memory. To release one that is not fixed changes nothing.
  void fix();
  void release();
  [[nodiscard]] bool is_fixed() const;

  /// Gets all changes, those of a key, or those of keys that are texts with this begin.
  [[nodiscard]] TableWatch<ValueTableChange> watch(WatchOptions options = {}) const;
  [[nodiscard]] TableWatch<ValueTableChange> watch_key(Value key, WatchOptions options = {}) const;
  [[nodiscard]] TableWatch<ValueTableChange> watch_prefix(std::string prefix,
                                                          WatchOptions options = {}) const;

  /// All rows as they are now; in the order of keys in an ordered_set. Holds writers up for as long
  /// as 64 locks take.
  [[nodiscard]] TableSnapshot<Row> snapshot() const;
  /// All rows; in the order of keys in an ordered_set.
  [[nodiscard]] Rows rows() const;
  /// The results of a specification; of an ordered_set in the order of keys, or `backwards`.
  [[nodiscard]] ValueArray select(const MatchSpec& spec, bool backwards = false) const;
  /// At most `limit` more results; none when the cursor has ended.
  [[nodiscard]] ValueArray select(TableCursor& cursor, std::size_t limit) const;
  /// The number of rows whose result is true; `select_erase` removes them.
  [[nodiscard]] std::size_t select_count(const MatchSpec& spec) const;
  std::size_t select_erase(const MatchSpec& spec);
  /// Writes results in the place of the rows they come from; how many. Error: `invalid_argument`:
  /// it cannot be seen that all results are rows with the same key, or this is a bag.
  Result<std::size_t> select_replace(const MatchSpec& spec);

  /// Number of rows.
  [[nodiscard]] std::size_t size() const;
  /// Bytes it has reserved, with the rows but without texts and arrays in them.
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
