#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "actor/system.hpp"
#include "cluster/partition_router.hpp"
#include "core/limits.hpp"
#include "core/result.hpp"
#include "core/value.hpp"

namespace kith {

/// A table whose rows live at the primary of their key's partition, reached from any node by name.
/// One copy for now: rows of a node that dies are lost (docs/guarantees.md). A value: copies mean
/// the same table. Thread-safety: any thread, inside and outside of processes; outlived by its
/// node. Errors of all operations: `no_connection` (the primary cannot be reached), `timeout`,
/// `invalid_argument` (key or table name too long), `overloaded` (full), `crashed` (the service
/// ended first), `unavailable` (this node is stopped).
class PartitionedTable {
 public:
  PartitionedTable(System& system, const cluster::PartitionRouter& router, std::string name)
      : system_(&system), router_(&router), name_(std::move(name)) {}

  /// The content of `key`, if there is a row.
  Result<std::optional<Value>> get(const Value& key) const;
  /// Writes the row of `key`. Error also: `invalid_argument` for a value that could not be read
  /// from another node (`limits::table_row_bytes_max`, `limits::table_row_depth_max`).
  Result<void> put(const Value& key, Value value) const;
  /// Removes the row of `key` and gives what it held.
  Result<std::optional<Value>> erase(const Value& key) const;
  /// Adds to the integer of `key`, made from `initial` when missing; gives the sum. Atomic.
  Result<std::int64_t> update_counter(const Value& key, std::int64_t increment,
                                      std::int64_t initial = 0) const;
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  template <typename Request>
  Result<typename Request::Reply> ask(Request request) const;

  System* system_;
  const cluster::PartitionRouter* router_;
  std::string name_;
};

}  // namespace kith
