// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <set>
#include <utility>

#include "actor/gen_server.hpp"
#include "table/table_directory.hpp"

namespace kith::node {

/// Number of the well-known service `TableStore`.
inline constexpr std::uint32_t table_store_service = 10;

/// Creates a public table that lives until the node stops. Errors: `already_exists`,
/// `invalid_argument`, `overloaded` (too many tables).
struct CreateTable {
  using Reply = OwnedTable;
  std::string name;
  ValueTableOptions rows;
};
/// Registers a stream of which an app may request further pages. Error: `overloaded` (too many).
struct KeepStream {
  using Reply = void;
  Pid stream;
};
/// Asks whether a pid is a registered stream that still runs.
struct KnowsStream {
  using Reply = bool;
  Pid stream;
};

using TableStoreProtocol = Protocol<CreateTable, KeepStream, KnowsStream>;

/// Owns the tables that apps and commands create on this node, and tracks the streams that they
/// read page by page. Thread-safety: a process.
class TableStore : public GenServer<TableStore, TableStoreProtocol> {
 public:
  explicit TableStore(TableDirectory tables) : tables_(std::move(tables)) {}

  Result<OwnedTable> handle_call(const CreateTable& request);
  Result<void> handle_call(const KeepStream& request);
  bool handle_call(const KnowsStream& request);
  void handle_info(const Down& down) { streams_.erase(down.pid); }

 private:
  TableDirectory tables_;
  std::set<Pid> streams_;
};

}  // namespace kith::node
