#pragma once

#include <cstdint>
#include <set>
#include <utility>

#include "actor/gen_server.hpp"
#include "table/table_directory.hpp"

namespace kith::node {

/// The well-known service that is the `TableStore` of a node.
inline constexpr std::uint32_t table_store_service = 10;

/// Makes a table that all may use and that lives as long as the node. Errors: `already_exists`,
/// `invalid_argument`, `overloaded` (too many tables).
struct CreateTable {
  using Reply = OwnedTable;
  std::string name;
  ValueTableOptions rows;
};
/// Remembers a stream that an app will come back to. Error: `overloaded` (too many).
struct KeepStream {
  using Reply = void;
  Pid stream;
};
/// Whether it is a stream that was kept and still runs.
struct KnowsStream {
  using Reply = bool;
  Pid stream;
};

using TableStoreProtocol = Protocol<CreateTable, KeepStream, KnowsStream>;

/// The owner of the tables that apps and commands make on this node, and the list of what they
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
