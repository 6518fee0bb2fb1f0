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

/// Who may use a table besides its owner. Source: ets:new/2, public, protected, private.
enum class TableAccess : std::uint8_t {
  all,      ///< all processes read and write
  reading,  ///< all processes read
  none,     ///< nobody
};

/// Who gets a table when its owner ends. Source: ets:new/2, heir. Thread-safety: plain value.
struct TableHeir {
  Pid pid;
  Value data;  ///< in the heir's `TableTransfer`
};

/// How an owned table begins. Thread-safety: plain value.
struct OwnedTableOptions {
  ValueTableOptions rows{};
  std::string name = "table";
  bool named = false;  ///< found by its name; else that is only a label
  TableAccess access = TableAccess::reading;
  std::optional<TableHeir> heir{};
};

/// What is known of a table. Source: ets:info/1. Thread-safety: plain value.
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

/// A table that belongs to a process and ends with it, unless it has an heir: at that instant for
/// all who look, and its name is free then. This is a handle, which goes on working when the table
/// is renamed or given away. Rights are those of the calling
/// process; a plain thread is a stranger to all tables. Errors of all functions: `not_found` (the
/// table is gone), `unauthorised` (no right). Source: ets(3). Thread-safety: any thread.
class OwnedTable {
 public:
  /// The rows, for reading and for writing. Who keeps them keeps the right.
  [[nodiscard]] Result<std::shared_ptr<const ValueTable>> read() const;
  [[nodiscard]] Result<std::shared_ptr<ValueTable>> write() const;

  /// Another name, or another label for a table that is not named. Error: `already_exists`, also
  /// when it is the table's own name.
  Result<void> rename(const std::string& name) const;
  /// Ends the table.
  Result<void> erase() const;
  /// Makes another process the owner, which gets a `TableTransfer`. For the owner. Errors:
  /// `no_process`, `conflict` (it is the owner already).
  Result<void> give_away(Pid to, Value data = {}) const;
  /// For the owner. An heir that has ended already counts as none.
  Result<void> set_heir(std::optional<TableHeir> heir) const;
  Result<void> set_access(TableAccess access) const;
  /// `ValueTable::fix` and `release` for the calling process, whose end releases what is left.
  /// Error of `fix`: `no_process` (a plain thread).
  Result<void> fix() const;
  Result<void> release() const;
  /// Needs no right; counts the bytes of all rows.
  [[nodiscard]] Result<TableInfo> info() const;
  /// Needs no right.
  [[nodiscard]] Result<TableType> type() const;

 private:
  friend class TableDirectory;
  struct Entry;
  struct State;
  OwnedTable(std::shared_ptr<State> state, std::shared_ptr<Entry> entry);

  std::shared_ptr<State> state_;
  std::shared_ptr<Entry> entry_;
};

/// To the new owner of a table. Source: ets(3), 'ETS-TRANSFER'.
struct TableTransfer {
  OwnedTable table;
  Pid from;
  Value data;
};

/// The owned tables of a system. A value: copies mean the same directory.
/// Thread-safety: any thread; outlived by its system.
///
///     auto tables = TableDirectory::start_link(node.system()).value();
///     auto sessions = tables.create({.name = "sessions", .named = true}).value();
///     sessions.write().value()->insert({"ann", 7});
class TableDirectory {
 public:
  /// Starts the process that watches the owners, linked to the calling one or to the root of a
  /// `System` or `Node`.
  template <HasSystem S>
  static Result<TableDirectory> start_link(S& owner) {
    return start(owner.system());
  }
  /// Makes a table that belongs to the calling process, or to `owner`. Errors: `already_exists`
  /// (the name), `invalid_argument` (no key position), `no_process`.
  Result<OwnedTable> create(OwnedTableOptions options, std::optional<Pid> owner = {}) const;
  /// The table of that name. Error: `not_found`.
  [[nodiscard]] Result<OwnedTable> find(const std::string& name) const;
  /// The names of all named tables, in order.
  [[nodiscard]] std::vector<std::string> names() const;

 private:
  class Keeper;
  explicit TableDirectory(std::shared_ptr<OwnedTable::State> state);
  static Result<TableDirectory> start(System& system);

  std::shared_ptr<OwnedTable::State> state_;
};

}  // namespace kith
