// SPDX-License-Identifier: Apache-2.0
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

/// Streams that apps read page by page: a selection, a snapshot of all rows, or changes.
/// docs/protocol.md, "Tables of a node".
namespace kith::node {

/// Holds one page of a stream. Thread-safety: plain value.
struct TablePage {
  ValueArray items;
  bool ended = false;  ///< no page follows
};

/// Requests the next page.
struct NextPage {
  using Reply = TablePage;
  std::size_t items_max = 0;
  Duration timeout{};  ///< longest wait for a first item, for streams of changes
};
/// Ends a stream early.
struct EndStream {};

/// Produces the items of a stream. Thread-safety: one process.
class TableSource {
 public:
  virtual ~TableSource() = default;
  /// Returns about `wanted` further items, which may be a few more, or none if there are none
  /// within `timeout`. Errors: those of the table.
  virtual Result<ValueArray> more(std::size_t wanted, Duration timeout) = 0;
  [[nodiscard]] virtual bool ended() const = 0;
  /// Called when the stream has received a `TableChanged`.
  virtual void notified() {}
};
/// Constructs a source in the process of the stream. Errors: `not_found`, `unauthorised`.
using MakeTableSource = std::function<Result<std::unique_ptr<TableSource>>()>;

/// Streams the results of a match specification; keeps the table fixed until the stream ends.
[[nodiscard]] MakeTableSource selection_of(OwnedTable table, MatchSpec spec, bool backwards);
/// Streams all rows as of the beginning of the stream.
[[nodiscard]] MakeTableSource snapshot_of(OwnedTable table);

/// Selects changes by key or by key prefix (string keys only); without both, all changes.
/// Thread-safety: plain value.
struct WatchedKeys {
  std::optional<Value> key;
  std::optional<std::string> prefix;
};
/// Streams the changes from the beginning of the stream as {"event", "key", "row"}. Changes beyond
/// the bound of the watch are replaced by {"event": "missed", "count"}.
[[nodiscard]] MakeTableSource changes_of(OwnedTable table, WatchedKeys keys);

/// Returns the encoded size of a term. Error: `invalid_argument` if it does not fit in an answer.
[[nodiscard]] Result<std::size_t> bytes_in_answer(const Value& term);

using TableStreamProtocol = Protocol<NextPage, EndStream, TableChanged>;

/// Serves a stream in pages of bounded size, until its items end or no page was requested for
/// `limits::table_stream_idle_max`. Thread-safety: a process.
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
