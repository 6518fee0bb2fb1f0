#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "actor/gen_server.hpp"
#include "core/result.hpp"
#include "core/value.hpp"
#include "table/match_spec.hpp"
#include "table/table_directory.hpp"

/// What an app takes from a table page by page: a selection, all rows as they were at one instant,
/// or changes. docs/protocol.md, "Tables of a node".
namespace kith::node {

/// Some of the items of a stream.
struct TablePage {
  ValueArray items;
  bool ended = false;  ///< there will be no more
};

/// Asks a stream for more.
struct NextPage {
  using Reply = TablePage;
  std::size_t items_max = 0;
  Duration patience{};  ///< how long to wait for a first item, where there may be one later
};
/// Ends a stream that has not come to its end.
struct EndStream {};

/// Where the items of a stream come from. Thread-safety: one process.
class TableSource {
 public:
  virtual ~TableSource() = default;
  /// More items, at most `wanted` or a few more; none when there are none now. Errors: those of
  /// the table.
  virtual Result<ValueArray> more(std::size_t wanted, Duration patience) = 0;
  [[nodiscard]] virtual bool ended() const = 0;
  /// A `TableChanged` has come.
  virtual void told() {}
};
/// Makes a source in the process of the stream. Errors: `not_found`, `unauthorised`.
using MakeTableSource = std::function<Result<std::unique_ptr<TableSource>>()>;

/// The results of a specification. The table is fixed until the stream ends.
[[nodiscard]] MakeTableSource selection_of(OwnedTable table, MatchSpec spec, bool backwards);
/// All rows as they are when the stream begins.
[[nodiscard]] MakeTableSource snapshot_of(OwnedTable table);

/// Which changes of a table are told: of a key, of keys that are texts with this begin, or all.
struct WatchedKeys {
  std::optional<Value> key;
  std::optional<std::string> prefix;
};
/// The changes from when the stream begins, as {"event", "key", "row"}; those that did not wait to
/// be taken, for there were too many, as {"event": "missed", "count"}.
[[nodiscard]] MakeTableSource changes_of(OwnedTable table, WatchedKeys keys);

/// The place of a term in an answer: its bytes on the wire. Error: `invalid_argument` when no
/// answer has room for it.
[[nodiscard]] Result<std::size_t> bytes_in_answer(const Value& term);

using TableStreamProtocol = Protocol<NextPage, EndStream, TableChanged>;

/// The process of a stream: pages of bounded size, until the items end, or nobody has asked for
/// long. Thread-safety: a process.
class TableStream : public GenServer<TableStream, TableStreamProtocol> {
 public:
  explicit TableStream(MakeTableSource make) : make_(std::move(make)) {}

  Then init();
  Answer<TablePage> handle_call(const NextPage& request);
  Then handle_cast(const EndStream& end);
  Then handle_info(const TableChanged& changed);
  Then handle_info(const Timeout& idle);

 private:
  Result<TablePage> page(const NextPage& request);

  MakeTableSource make_;
  std::unique_ptr<TableSource> source_;
  std::deque<Value> pending_;  ///< items that did not fit on the last page
};

}  // namespace kith::node
