// SPDX-License-Identifier: Apache-2.0
#include "node/table_stream.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "core/limits.hpp"
#include "transport/codec.hpp"

namespace kith::node {
namespace {

/// Room in a frame for the envelope of an answer.
constexpr std::size_t answer_margin_bytes = 256;
/// Rows selected per step. The table is locked during a step: fewer rows delay writers less, more
/// rows save steps.
constexpr std::size_t selection_step = 256;

class Selection final : public TableSource {
 public:
  Selection(OwnedTable table, MatchSpec spec, bool backwards)
      : table_(std::move(table)), cursor_(std::move(spec), backwards) {}

  Result<ValueArray> more(std::size_t wanted, Duration /*timeout*/) override {
    const auto rows = table_.read();
    if (!rows) return rows.error();
    return (*rows)->select(cursor_, std::min(wanted, selection_step));
  }
  [[nodiscard]] bool ended() const override { return cursor_.ended(); }

 private:
  OwnedTable table_;
  TableCursor cursor_;
};

class Snapshot final : public TableSource {
 public:
  explicit Snapshot(std::shared_ptr<const ValueTable> table)
      : table_(std::move(table)), snapshot_(table_->snapshot()) {}

  Result<ValueArray> more(std::size_t wanted, Duration /*timeout*/) override {
    while (!ended()) {
      if (!rows_) rows_ = snapshot_.part(part_);
      const std::size_t count = std::min(wanted, rows_->size() - row_);
      const auto begin = rows_->begin() + static_cast<std::ptrdiff_t>(row_);
      ValueArray items(begin, begin + static_cast<std::ptrdiff_t>(count));
      row_ += count;
      if (row_ == rows_->size()) next_part();
      if (!items.empty()) return items;
    }
    return ValueArray();
  }
  [[nodiscard]] bool ended() const override { return part_ == snapshot_.part_count(); }

 private:
  void next_part() {
    rows_ = nullptr;
    row_ = 0;
    ++part_;
  }

  std::shared_ptr<const ValueTable> table_;
  TableSnapshot<TableRow> snapshot_;
  table::PartImage<TableRow> rows_;  ///< of the current part; null: not loaded yet
  std::size_t part_ = 0;
  std::size_t row_ = 0;
};

const char* name_of(RowEvent event) {
  switch (event) {
    case RowEvent::written:
      return "written";
    case RowEvent::erased:
      return "erased";
    case RowEvent::cleared:
      return "cleared";
    case RowEvent::ended:
      break;
  }
  return "ended";
}

Value value_of(ValueTableChange change) {
  ValueMap map{{"event", name_of(change.event)}};
  if (change.event == RowEvent::written || change.event == RowEvent::erased) {
    map["key"] = std::move(change.key);
    map["row"] = std::move(change.row);
  }
  return map;
}

/// Streams changes. It holds only the watch and not the table, which could not end otherwise.
class Changes final : public TableSource {
 public:
  explicit Changes(TableWatch<ValueTableChange> watch) : watch_(std::move(watch)) {}

  Result<ValueArray> more(std::size_t /*wanted*/, Duration timeout) override {
    ValueArray items;
    TableChanges<ValueTableChange> taken = take(timeout);
    for (ValueTableChange& change : taken.changes) {
      ended_ = ended_ || change.event == RowEvent::ended;
      items.push_back(value_of(std::move(change)));
    }
    if (taken.missed > 0) {
      items.push_back(Value::map({{"event", "missed"}, {"count", taken.missed}}));
    }
    return items;
  }
  [[nodiscard]] bool ended() const override { return ended_; }
  void notified() override { notified_ = true; }

 private:
  /// Takes the changes, after waiting for a `TableChanged`. If the stream received that message
  /// between two requests, waiting in `next` would miss it.
  TableChanges<ValueTableChange> take(Duration timeout) {
    if (std::exchange(notified_, false)) return watch_.take();
    auto taken = watch_.next(timeout);
    return taken ? std::move(*taken) : TableChanges<ValueTableChange>{};
  }

  TableWatch<ValueTableChange> watch_;
  bool notified_ = false;
  bool ended_ = false;
};

Result<TableWatch<ValueTableChange>> watch(const OwnedTable& table, const WatchedKeys& keys) {
  const auto rows = table.read();
  if (!rows) return rows.error();
  const WatchOptions options{.changes_max = limits::table_watch_changes_max};
  if (keys.key) return (*rows)->watch_key(*keys.key, options);
  if (keys.prefix) return (*rows)->watch_prefix(*keys.prefix, options);
  return (*rows)->watch(options);
}

}  // namespace

MakeTableSource selection_of(OwnedTable table, MatchSpec spec, bool backwards) {
  return [=]() -> Result<std::unique_ptr<TableSource>> {
    if (const auto fixed = table.fix(); !fixed) return fixed.error();
    return std::unique_ptr<TableSource>(std::make_unique<Selection>(table, spec, backwards));
  };
}

MakeTableSource snapshot_of(OwnedTable table) {
  return [table = std::move(table)]() -> Result<std::unique_ptr<TableSource>> {
    const auto rows = table.read();
    if (!rows) return rows.error();
    return std::unique_ptr<TableSource>(std::make_unique<Snapshot>(*rows));
  };
}

MakeTableSource changes_of(OwnedTable table, WatchedKeys keys) {
  return [=]() -> Result<std::unique_ptr<TableSource>> {
    auto watched = watch(table, keys);
    if (!watched) return watched.error();
    return std::unique_ptr<TableSource>(std::make_unique<Changes>(std::move(*watched)));
  };
}

Result<std::size_t> bytes_in_answer(const Value& term) {
  const std::size_t size = transport::encode_value(term).size();
  constexpr std::size_t room = limits::frame_size_bytes_max - answer_margin_bytes;
  if (size <= room) return size;
  return Error(ErrorCode::invalid_argument,
               fmt::format("a result of {} bytes does not fit in an answer of at most {}; select "
                           "only the elements that are needed",
                           size, room));
}

Then TableStream::init() {
  return timeout(limits::table_stream_idle_max);
}

Answer<TablePage> TableStream::handle_call(const NextPage& request) {
  auto found = page(request);
  if (!found) {
    Answer<TablePage> failed(found.error());
    failed.then = stop("normal");
    return failed;
  }
  if (found->ended) return stop_and_reply("normal", std::move(*found));
  return {std::move(*found), timeout(limits::table_stream_idle_max)};
}

Then TableStream::handle_cast(const EndStream& /*end*/) {
  return stop("normal");
}

/// Restarts the idle timeout, but at most once between two pages: the table sends no second message
/// before the changes were taken.
Then TableStream::handle_info(const TableChanged& /*changed*/) {
  if (source_) source_->notified();
  return timeout(limits::table_stream_idle_max);
}

Then TableStream::handle_info(const Timeout& /*idle*/) {
  return stop("normal");
}

Result<TablePage> TableStream::page(const NextPage& request) {
  if (!source_) {
    auto made = make_();
    if (!made) return made.error();
    source_ = std::move(*made);
  }
  TablePage page;
  std::size_t size = 0;
  while (page.items.size() < request.items_max) {
    if (pending_.empty() && !source_->ended()) {
      const bool first = page.items.empty();  // only the first item is worth waiting for
      auto more = source_->more(request.items_max - page.items.size(),
                                first ? request.timeout : Duration::zero());
      if (!more) return more.error();
      std::ranges::move(*more, std::back_inserter(pending_));
    }
    if (pending_.empty()) break;
    const auto item_size = bytes_in_answer(pending_.front());
    if (!item_size) return item_size.error();
    size += *item_size;
    // A first item above the bound still fits in an answer (`bytes_in_answer`); others wait.
    if (!page.items.empty() && size > limits::table_page_bytes_max) break;
    page.items.push_back(std::move(pending_.front()));
    pending_.pop_front();
  }
  page.ended = pending_.empty() && source_->ended();
  return page;
}

}  // namespace kith::node
