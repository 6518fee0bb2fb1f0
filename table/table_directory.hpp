// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "actor/system.hpp"
#include "core/pid.hpp"
#include "core/result.hpp"
#include "core/value.hpp"
#include "supervision/child_spec.hpp"
#include "table/value_table.hpp"

namespace kith {

/// Access rights of processes other than the owner. Source: ets:new/2, public, protected, private.
enum class TableAccess : std::uint8_t {
  all,      ///< read and write
  reading,  ///< read
  none,     ///< neither
};

/// The process that inherits a table when its owner ends. Source: ets:new/2, heir.
/// Thread-safety: plain value.
struct TableHeir {
  Pid pid;
  Value data;  ///< passed on in `TableTransfer`
};

/// Options of a new owned table. Thread-safety: plain value.
struct OwnedTableOptions {
  ValueTableOptions rows{};
  std::string name = "table";
  bool named = false;  ///< true: unique and found by name; false: the name is a label
  TableAccess access = TableAccess::reading;
  std::optional<TableHeir> heir{};
};

/// Describes a table. Source: ets:info/1. Thread-safety: plain value.
struct TableInfo {
  std::string name;
  bool named = false;
  TableType type = TableType::set;
  std::size_t key_position = 1;
  TableAccess access = TableAccess::reading;
  Pid owner;
  std::optional<Pid> heir;
  bool fixed = false;
  std::size_t size = 0;   ///< rows
  std::size_t bytes = 0;  ///< as `ValueTable::bytes`
};

/// Refers to a table that belongs to a process and ends with it, unless it has an heir.
///
///     auto tables = TableDirectory::start_link(node).value();
///     const OwnedTable users = tables.create({.name = "users", .named = true}).value();
///     users.set_access(TableAccess::all).value();
///
/// When the owner ends the table is gone for all callers at that instant, and its name is free. The
/// handle stays valid when the table is renamed or given away. Checks the rights of the calling
/// process; a plain thread owns no table. Errors of all functions: `not_found` (the table has
/// ended), `unauthorised`. Source: ets(3). Thread-safety: any thread.
class OwnedTable {
 public:
  /// Returns the rows for reading, or for reading and writing. The pointer stays usable when the
  /// right is withdrawn later.
  [[nodiscard]] Result<std::shared_ptr<const ValueTable>> read() const;
  [[nodiscard]] Result<std::shared_ptr<ValueTable>> write() const;

  /// Renames a named table, or changes the label of another one. Error: `already_exists`, also for
  /// the table's current name.
  Result<void> rename(const std::string& name) const;
  /// Ends the table.
  Result<void> erase() const;
  /// Makes another process the owner and sends it a `TableTransfer`. Owner only. Errors:
  /// `no_process`, `conflict` (already the owner).
  Result<void> give_away(Pid to, Value data = {}) const;
  /// Sets or removes the heir; one that has ended counts as none. Owner only.
  Result<void> set_heir(std::optional<TableHeir> heir) const;
  /// Changes the rights of other processes. Owner only.
  Result<void> set_access(TableAccess access) const;
  /// `ValueTable::fix` and `release` for the calling process; its end releases what it has fixed.
  /// Error of `fix`: `no_process` (a plain thread).
  Result<void> fix() const;
  Result<void> release() const;
  /// Requires no right. Takes O(rows) to count the bytes.
  [[nodiscard]] Result<TableInfo> info() const;
  /// Requires no right.
  [[nodiscard]] Result<TableType> type() const;

 private:
  friend class TableDirectory;
  struct Entry;
  struct State;
  OwnedTable(std::shared_ptr<State> state, std::shared_ptr<Entry> entry);

  std::shared_ptr<State> state_;
  std::shared_ptr<Entry> entry_;
};

/// Sent to the new owner of a table. Source: ets(3), 'ETS-TRANSFER'.
struct TableTransfer {
  OwnedTable table;
  Pid from;
  Value data;
};

/// Creates and finds the owned tables of a system.
///
///     auto tables = TableDirectory::start_link(system).value();
///     // inside a process, the owner:
///     auto sessions = tables.create({.name = "sessions", .named = true}).value();
///     sessions.write().value()->insert({"ann", 7}).value();
///
/// A value: copies refer to the same directory. Thread-safety: any thread; must not outlive its
/// system.
class TableDirectory {
 public:
  /// Starts the process that monitors the owners, linked to the calling process, or to the root of
  /// the `System` or `Node` when called from a plain thread.
  template <HasSystem S>
  static Result<TableDirectory> start_link(S& owner) {
    return start(owner.system());
  }
  /// Creates a table owned by the calling process, or by `owner`. Errors: `already_exists` (the
  /// name), `invalid_argument` (key position 0), `no_process` (no such owner, or a plain thread).
  Result<OwnedTable> create(OwnedTableOptions options, std::optional<Pid> owner = {}) const;
  /// Returns the table with this name. Error: `not_found`.
  [[nodiscard]] Result<OwnedTable> find(const std::string& name) const;
  /// Returns the names of all named tables, sorted.
  [[nodiscard]] std::vector<std::string> names() const;

 private:
  class Keeper;
  explicit TableDirectory(std::shared_ptr<OwnedTable::State> state);
  static Result<TableDirectory> start(System& system);

  std::shared_ptr<OwnedTable::State> state_;
};

}  // namespace kith
