// SPDX-License-Identifier: Apache-2.0
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

/// Stores each row at the primary node of its key's partition; reached from any node by name.
///
///     PartitionedTable stock = node.table("stock");
///     stock.put("apples", 3).value();
///     std::optional<Value> apples = stock.get("apples").value();
///
/// Keeps one copy: rows of a node that dies are lost (docs/guarantees.md). A value: copies refer to
/// the same table. Thread-safety: any thread, inside and outside of processes; must not outlive its
/// node. Errors of all operations: `no_connection` (the primary is unreachable), `timeout`,
/// `invalid_argument` (key or table name too long), `overloaded` (full), `crashed` (the service
/// ended first), `unavailable` (this node is stopped).
class PartitionedTable {
 public:
  PartitionedTable(System& system, const cluster::PartitionRouter& router, std::string name)
      : system_(&system), router_(&router), name_(std::move(name)) {}

  /// Returns the value of `key`, if any.
  Result<std::optional<Value>> get(const Value& key) const;
  /// Inserts or overwrites the row of `key`. Error also: `invalid_argument` for a value too large
  /// to be sent back (`limits::table_row_bytes_max`, `limits::table_row_depth_max`).
  Result<void> put(const Value& key, Value value) const;
  /// Removes the row of `key` and returns its value, if any.
  Result<std::optional<Value>> erase(const Value& key) const;
  /// Adds to the integer of `key` and returns the sum; creates a missing row from `initial` first.
  /// Atomic.
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
