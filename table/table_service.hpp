#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "actor/gen_server.hpp"
#include "core/value.hpp"
#include "table/table.hpp"

namespace kith::table {

/// A row's content, or none.
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

/// Removes a row; the reply is what it held.
struct TableErase {
  using Reply = FoundValue;
  std::string table;
  Value key;
  KITH_WIRE("table.erase", table, key)
};

/// Adds to the integer in a row, which is made from `initial` when it is missing.
struct TableUpdateCounter {
  using Reply = std::int64_t;
  std::string table;
  Value key;
  std::int64_t increment = 1;
  std::int64_t initial = 0;
  KITH_WIRE("table.update_counter", table, key, increment, initial)
};

using TableProtocol = Protocol<TableGet, TablePut, TableErase, TableUpdateCounter>;

/// Keeps the rows whose keys this node is primary for. There are no backups yet: when the node dies
/// its rows are lost (docs/guarantees.md). Thread-safety: a process.
class TableService : public GenServer<TableService, TableProtocol> {
 public:
  /// Errors of the writes: `invalid_argument`, `overloaded`, as `Table`.
  FoundValue handle_call(const TableGet& request);
  Result<void> handle_call(const TablePut& request);
  FoundValue handle_call(const TableErase& request);
  Result<std::int64_t> handle_call(const TableUpdateCounter& request);

 private:
  using Rows = Table<Value, Value>;
  Result<Rows*> table(const std::string& name);

  std::map<std::string, Rows> tables_;
};

}  // namespace kith::table
