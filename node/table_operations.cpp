// SPDX-License-Identifier: Apache-2.0
#include "node/table_operations.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "actor/server_ref.hpp"
#include "core/limits.hpp"
#include "core/nearest_name.hpp"
#include "core/printable.hpp"
#include "core/value_json.hpp"
#include "node/node.hpp"
#include "node/table_store.hpp"
#include "node/table_stream.hpp"
#include "table/row_limits.hpp"
#include "table/table_directory.hpp"

namespace kith::node {
namespace {

constexpr std::array type_names = {"set", "ordered_set", "bag", "duplicate_bag"};
constexpr std::array access_names = {"public", "protected", "private"};
/// Time beyond the timeout of a page request within which the stream must answer.
constexpr std::chrono::seconds stream_margin{5};

Error wrong(std::string text) {
  return {ErrorCode::invalid_argument, std::move(text)};
}

Result<TableType> type_in(const Fields& fields) {
  const auto name = fields.text("type", "set");
  if (!name) return name.error();
  const auto* const found = std::ranges::find(type_names, *name);
  if (found != type_names.end()) return static_cast<TableType>(found - type_names.begin());
  return wrong("the field 'type' must be set, ordered_set, bag or duplicate_bag, not " +
               in_quotes(*name));
}

Result<OwnedTable> table_in(Node& node, const Fields& fields) {
  const auto name = fields.text("table");
  if (!name) return name.error();
  return node.local_tables().find(*name);
}

/// Adds the access mode of the table to an `unauthorised` error.
Error explained(const OwnedTable& table, const Error& error) {
  const auto info = error.code() == ErrorCode::unauthorised ? table.info() : error;
  if (!info) return error;
  const bool reads = info->access == TableAccess::reading;
  return {ErrorCode::unauthorised,
          error.text() + (reads ? "; it is protected: others only read it"
                                : "; it is private: only its owner uses it")};
}

Result<std::shared_ptr<const ValueTable>> to_read(Node& node, const Fields& fields) {
  const auto table = table_in(node, fields);
  if (!table) return table.error();
  auto rows = table->read();
  if (!rows) return explained(*table, rows.error());
  return rows;
}

Result<std::shared_ptr<ValueTable>> to_write(Node& node, const Fields& fields) {
  const auto table = table_in(node, fields);
  if (!table) return table.error();
  auto rows = table->write();
  if (!rows) return explained(*table, rows.error());
  return rows;
}

Result<Value> term_in(const Fields& fields, std::string_view name) {
  const Value* const term = fields.find(name);
  if (term == nullptr) return wrong(fmt::format("the field '{}' is missing", name));
  return *term;
}

/// Reads a key to be written, within the bounds of keys from apps.
Result<Value> new_key_in(const Fields& fields) {
  auto key = term_in(fields, "key");
  if (!key) return key;
  if (const auto fine = table::check_key(*key); !fine) return fine.error();
  return key;
}

/// Checks that a row to be written fits in an answer and in a change notification.
Result<void> check_new_row(const Value& row, std::size_t key_position) {
  if (auto fine = table::check_row(row); !fine) return fine;
  const auto* const elements = row.get_if<ValueArray>();
  if (elements == nullptr) return wrong("not an array: " + json_excerpt(row));
  if (elements->size() < key_position) return {};  // the table says what is wrong with it
  return table::check_key((*elements)[key_position - 1]);
}

Result<ValueTable::Rows> rows_in(const Fields& fields, std::size_t key_position) {
  auto list = fields.array("rows");
  if (!list) return list.error();
  ValueTable::Rows rows;
  for (Value& each : *list) {
    if (const auto fine = check_new_row(each, key_position); !fine) {
      return wrong(fmt::format("row {}: {}", rows.size() + 1, fine.error().text()));
    }
    rows.push_back(std::move(*each.get_if<ValueArray>()));
  }
  return rows;
}

Result<MatchSpec> spec_in(const Fields& fields) {
  const Value* const term = fields.find("spec");
  if (term == nullptr || term->is_null()) {
    return MatchSpec::rows_like(Value::map({{"any", true}}));
  }
  auto spec = MatchSpec::compile(*term);
  if (!spec) return wrong("the match specification: " + spec.error().text());
  return spec;
}

Value info_value(const TableInfo& info) {
  return Value::map({{"name", info.name},
                     {"type", type_names.at(static_cast<std::size_t>(info.type))},
                     {"key_position", info.key_position},
                     {"access", access_names.at(static_cast<std::size_t>(info.access))},
                     {"owner", info.owner},
                     {"heir", info.heir ? Value(*info.heir) : Value()},
                     {"rows", info.size},
                     {"bytes", info.bytes},
                     {"fixed", info.fixed}});
}

Result<Value> info_of(const Result<OwnedTable>& table) {
  if (!table) return table.error();
  const auto info = table->info();
  if (!info) return info.error();
  return info_value(*info);
}

// --- tables -------------------------------------------------------------------------

ServerRef<TableStoreProtocol> store_of(Node& node) {
  return {&node.system(), service_pid(node.id().boot, table_store_service)};
}

Result<std::string> new_name_in(const Fields& fields, std::string_view field) {
  auto name = fields.text(field);
  if (!name) return name.error();
  if (name->empty() || name->size() > limits::name_size_bytes_max) {
    return wrong(fmt::format("the name of a table has 1 to {} bytes, not {}",
                             limits::name_size_bytes_max, name->size()));
  }
  return name;
}

Result<Value> create(Node& node, const Fields& fields) {
  const auto name = new_name_in(fields, "table");
  if (!name) return name.error();
  const auto type = type_in(fields);
  if (!type) return type.error();
  const auto position = fields.natural("key_position", 1);
  if (!position) return position.error();
  return info_of(call(
      store_of(node),
      CreateTable{*name,
                  {.type = *type, .key_position = *position, .rows_max = limits::table_rows_max}}));
}

Result<Value> rename(Node& node, const Fields& fields) {
  const auto table = table_in(node, fields);
  if (!table) return table.error();
  const auto name = new_name_in(fields, "to");
  if (!name) return name.error();
  if (const auto renamed = table->rename(*name); !renamed) {
    return explained(*table, renamed.error());
  }
  return info_of(table);
}

Result<Value> drop(Node& node, const Fields& fields) {
  const auto table = table_in(node, fields);
  if (!table) return table.error();
  if (const auto erased = table->erase(); !erased) return explained(*table, erased.error());
  return Value(ValueMap{});
}

Result<Value> info(Node& node, const Fields& fields) {
  return info_of(table_in(node, fields));
}

Result<Value> list(Node& node, const Fields& fields) {
  const auto after = fields.text("after", "");
  if (!after) return after.error();
  const auto page = fields.natural("page", limits::table_list_items_max);
  if (!page) return page.error();
  if (*page == 0) return wrong("the field 'page' must be 1 or more");
  const std::size_t limit = std::min(*page, limits::table_list_items_max);
  ValueArray tables;
  std::size_t size = 0;
  bool more = false;
  for (const std::string& name : node.local_tables().names()) {
    if (name <= *after) continue;
    const auto known = info_of(node.local_tables().find(name));
    if (!known) continue;  // gone meanwhile
    const auto bytes = bytes_in_answer(*known);
    if (!bytes) return bytes.error();
    size += *bytes;
    more = tables.size() == limit || size > limits::table_page_bytes_max;
    if (more) break;
    tables.push_back(*known);
  }
  const Value next = more ? *tables.back().find("name") : Value();
  return Value::map(
      {{"tables", std::move(tables)}, {"more", more}, {"next", next}, {"node", node.name()}});
}

// --- rows ---------------------------------------------------------------------------

Result<Value> insert(Node& node, const Fields& fields) {
  const auto table = to_write(node, fields);
  if (!table) return table.error();
  const auto only_new = fields.boolean("new", false);
  if (!only_new) return only_new.error();
  auto rows = rows_in(fields, (*table)->key_position());
  if (!rows) return rows.error();
  const std::size_t count = rows->size();
  if (*only_new) {
    const auto inserted = (*table)->insert_new(std::move(*rows));
    if (!inserted) return inserted.error();
    return Value::map({{"inserted", *inserted ? count : 0}});
  }
  if (const auto inserted = (*table)->insert_all(std::move(*rows)); !inserted) {
    return inserted.error();
  }
  return Value::map({{"inserted", count}});
}

Result<Value> lookup(Node& node, const Fields& fields) {
  const auto table = to_read(node, fields);
  if (!table) return table.error();
  const auto key = term_in(fields, "key");
  if (!key) return key.error();
  auto rows = (*table)->lookup(*key);
  if (rows.size() > limits::decode_elements_max) {
    return wrong(
        fmt::format("the {} rows of the key do not fit in an answer of at most {}; select them",
                    rows.size(), limits::decode_elements_max));
  }
  Value all =
      ValueArray(std::make_move_iterator(rows.begin()), std::make_move_iterator(rows.end()));
  if (const auto size = bytes_in_answer(all); !size) return size.error();
  return Value::map({{"rows", std::move(all)}});
}

Result<Value> update_counter(Node& node, const Fields& fields) {
  const auto table = to_write(node, fields);
  if (!table) return table.error();
  const auto key = new_key_in(fields);
  if (!key) return key.error();
  const Value* const given = fields.find("updates");
  const auto updates = counter_updates_from(
      given == nullptr || given->is_null() ? Value(1) : *given, (*table)->key_position());
  if (!updates) return updates.error();
  std::optional<TableRow> initial;
  const Value* const given_row = fields.find("initial");
  if (given_row != nullptr && !given_row->is_null()) {
    auto row = fields.array("initial");
    if (!row) return row.error();
    if (const auto fine = table::check_row(*given_row); !fine) {
      return wrong("the field 'initial': " + fine.error().text());
    }
    initial = std::move(*row);
  }
  const auto sums = (*table)->update_counter(*key, *updates, std::move(initial));
  if (!sums) return sums.error();
  return Value::map({{"values", ValueArray(sums->begin(), sums->end())}});
}

Result<Value> erase(Node& node, const Fields& fields) {
  const auto table = to_write(node, fields);
  if (!table) return table.error();
  const auto key = term_in(fields, "key");
  if (!key) return key.error();
  return Value::map({{"deleted", (*table)->erase(*key)}});
}

Result<Value> count(Node& node, const Fields& fields) {
  const auto table = to_read(node, fields);
  if (!table) return table.error();
  const Value* const given = fields.find("spec");
  if (given == nullptr || given->is_null()) return Value::map({{"count", (*table)->size()}});
  const auto spec = spec_in(fields);
  if (!spec) return spec.error();
  return Value::map({{"count", (*table)->select_count(*spec)}});
}

// --- page by page -------------------------------------------------------------------

Result<NextPage> page_in(const Fields& fields) {
  const auto items_max = fields.natural("limit", limits::table_page_items_max);
  if (!items_max) return items_max.error();
  if (*items_max == 0) return wrong("the field 'limit' must be 1 or more");
  const auto timeout = fields.duration("timeout_ns", Duration::zero());
  if (!timeout) return timeout.error();
  return NextPage{std::min<std::size_t>(*items_max, limits::table_page_items_max),
                  std::min<Duration>(*timeout, limits::table_changes_timeout_max)};
}

Value page_value(TablePage page, Pid stream) {
  return Value::map({{"items", std::move(page.items)},
                     {"continuation", page.ended ? Value() : Value(to_string(stream))}});
}

/// Starts a stream and returns its first page. The table store keeps the stream if more pages may
/// follow; a stream that it cannot keep is ended.
Result<Value> first_page(Node& node, const Fields& fields, MakeTableSource make) {
  const auto request = page_in(fields);
  if (!request) return request.error();
  StartOptions how;
  how.label = "table stream";
  const auto stream = TableStream::start(node.system(), how, std::move(make));
  if (!stream) return stream.error();
  auto page = call(*stream, *request, request->timeout + stream_margin);
  if (!page) return page.error();
  if (!page->ended) {
    if (const auto kept = call(store_of(node), KeepStream{stream->pid()}); !kept) {
      static_cast<void>(cast(*stream, EndStream{}));
      return kept.error();
    }
  }
  return page_value(std::move(*page), stream->pid());
}

Result<ServerRef<TableStreamProtocol>> stream_in(Node& node, const Fields& fields) {
  const auto text = fields.text("continuation");
  if (!text) return text.error();
  const auto stream = pid_from_string(*text);
  const auto known = stream ? call(store_of(node), KnowsStream{*stream}) : Result<bool>(false);
  if (!known) return known.error();
  if (*known) return ServerRef<TableStreamProtocol>(&node.system(), *stream);
  return Error(ErrorCode::not_found,
               fmt::format("unknown continuation {}: the stream has ended or was idle for {} s; "
                           "start again",
                           in_quotes(*text), limits::table_stream_idle_max.count()));
}

Result<Value> next(Node& node, const Fields& fields) {
  const auto stream = stream_in(node, fields);
  if (!stream) return stream.error();
  const auto request = page_in(fields);
  if (!request) return request.error();
  auto page = call(*stream, *request, request->timeout + stream_margin);
  if (!page) return page.error();
  return page_value(std::move(*page), stream->pid());
}

Result<Value> end(Node& node, const Fields& fields) {
  const auto stream = stream_in(node, fields);
  if (!stream) return stream.error();
  static_cast<void>(cast(*stream, EndStream{}));
  return Value(ValueMap{});
}

Result<Value> select(Node& node, const Fields& fields) {
  const auto table = table_in(node, fields);
  if (!table) return table.error();
  if (const auto right = to_read(node, fields); !right) return right.error();
  auto spec = spec_in(fields);
  if (!spec) return spec.error();
  const auto reverse = fields.boolean("reverse", false);
  if (!reverse) return reverse.error();
  if (const auto type = table->type(); *reverse && type && *type != TableType::ordered_set) {
    return wrong("only an ordered_set can be selected in reverse");
  }
  return first_page(node, fields, selection_of(*table, std::move(*spec), *reverse));
}

Result<Value> snapshot(Node& node, const Fields& fields) {
  const auto table = table_in(node, fields);
  if (!table) return table.error();
  if (const auto right = to_read(node, fields); !right) return right.error();
  return first_page(node, fields, snapshot_of(*table));
}

Result<Value> watch(Node& node, const Fields& fields) {
  const auto table = table_in(node, fields);
  if (!table) return table.error();
  if (const auto right = to_read(node, fields); !right) return right.error();
  WatchedKeys keys;
  if (const Value* key = fields.find("key")) keys.key = *key;
  if (const Value* given = fields.find("prefix"); given != nullptr && !given->is_null()) {
    const auto prefix = fields.text("prefix");
    if (!prefix) return prefix.error();
    keys.prefix = *prefix;
  }
  if (keys.key && keys.prefix) return wrong("give a 'key' or a 'prefix', not both");
  return first_page(node, fields, changes_of(*table, std::move(keys)));
}

using Action = Result<Value> (*)(Node&, const Fields&);

constexpr std::array<std::pair<std::string_view, Action>, 15> actions = {{
    {"create", create},
    {"rename", rename},
    {"drop", drop},
    {"info", info},
    {"list", list},
    {"insert", insert},
    {"lookup", lookup},
    {"update_counter", update_counter},
    {"delete", erase},
    {"count", count},
    {"select", select},
    {"snapshot", snapshot},
    {"watch", watch},
    {"next", next},
    {"end", end},
}};

}  // namespace

Result<Value> node_table(Node& node, const Fields& fields) {
  const auto name = fields.text("action");
  if (!name) return name.error();
  std::vector<std::string> names;
  for (const auto& [action, run] : actions) {
    if (action == *name) return run(node, fields);
    names.emplace_back(action);
  }
  return wrong(fmt::format("unknown action {}; choose one of {}{}", in_quotes(*name),
                           fmt::join(names, ", "), did_you_mean(*name, names)));
}

}  // namespace kith::node
