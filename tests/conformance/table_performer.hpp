// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "core/value.hpp"
#include "table/table_directory.hpp"
#include "tests/conformance/world.hpp"

namespace kith::conformance {

/// Performs operations on tables as the calling process. Thread-safety: none.
class TablePerformer {
 public:
  /// Creates the table of the setup, which belongs to the calling process.
  TablePerformer(World& world, const TableDirectory& directory, const Value& setup);

  /// Performs one operation and returns its observation.
  Value perform(const Value& operation);

 private:
  using Found = Result<OwnedTable>;

  Value on(const Found& found, const Value& operation);
  std::optional<Value> administer(const OwnedTable& table, const Value& operation);
  std::optional<Value> read(const OwnedTable& table, const Value& operation);
  std::optional<Value> select(const OwnedTable& table, const Value& operation);
  std::optional<Value> select_all(const OwnedTable& table, const Value& operation);
  std::optional<Value> write(const OwnedTable& table, const Value& operation);
  Value count_up(ValueTable& rows, const Value& operation);
  Value update_element(ValueTable& rows, const Value& operation);
  Value select_chunks(const OwnedTable& table, const Result<MatchSpec>& spec, std::size_t limit,
                      bool erases);
  Value traverse(const OwnedTable& table, bool erases);
  Value next_chunk(const ValueTable& rows);
  Value info(const Found& found, const std::string& item);
  std::optional<TableHeir> heir(const Value& process, const Value& data) const;

  World& world_;
  TableDirectory directory_;
  std::optional<OwnedTable> table_;
  std::optional<TableCursor> cursor_;
  std::size_t limit_ = 0;
};

}  // namespace kith::conformance
