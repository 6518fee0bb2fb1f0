// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "actor/gen_server.hpp"
#include "core/value.hpp"
#include "table/table.hpp"

namespace kith::table {

/// The value of a row, if found.
struct FoundValue {
  bool found = false;
  Value value;
  KITH_FIELDS(found, value)
};

/// Reads a row.
struct TableGet {
  using Reply = FoundValue;
  std::string table;
  Value key;
  KITH_WIRE("table.get", table, key)
};

/// Writes a row.
struct TablePut {
  using Reply = void;
  std::string table;
  Value key;
  Value value;
  KITH_WIRE("table.put", table, key, value)
};

/// Removes a row and returns its value.
struct TableErase {
  using Reply = FoundValue;
  std::string table;
  Value key;
  KITH_WIRE("table.erase", table, key)
};

/// Adds to the integer of a row; creates a missing row from `initial` first.
struct TableUpdateCounter {
  using Reply = std::int64_t;
  std::string table;
  Value key;
  std::int64_t increment = 1;
  std::int64_t initial = 0;
  KITH_WIRE("table.update_counter", table, key, increment, initial)
};

/// The rows that this node has of one table.
struct TableSummary {
  std::string name;
  std::uint64_t rows = 0;
  std::uint64_t bytes = 0;  ///< as `Table::bytes`
  KITH_FIELDS(name, rows, bytes)
};

/// A page of the tables of a node, sorted by name.
struct TableSummaries {
  std::vector<TableSummary> tables;
  bool more = false;  ///< further tables follow
  KITH_FIELDS(tables, more)
};

/// Lists up to `limit` tables whose names are greater than `after`.
struct TableList {
  using Reply = TableSummaries;
  std::string after;
  std::uint32_t limit = 0;
  KITH_WIRE("table.list", after, limit)
};

using TableProtocol = Protocol<TableGet, TablePut, TableErase, TableUpdateCounter, TableList>;

/// Stores the rows whose keys this node is the primary of. A table exists while it has rows, so
/// that unused names are dropped. There are no backups yet: the rows of a node that dies are lost
/// (docs/guarantees.md). Thread-safety: a process.
class TableService : public GenServer<TableService, TableProtocol> {
 public:
  /// Errors of the writes: `invalid_argument`, `overloaded`, as `Table`.
  FoundValue handle_call(const TableGet& request);
  Result<void> handle_call(const TablePut& request);
  FoundValue handle_call(const TableErase& request);
  Result<std::int64_t> handle_call(const TableUpdateCounter& request);
  TableSummaries handle_call(const TableList& request);

 private:
  using Tables = std::map<std::string, Table<Value, Value>>;
  Result<Tables::iterator> table(const std::string& name);
  void forget_empty(Tables::iterator table);

  Tables tables_;
};

}  // namespace kith::table
