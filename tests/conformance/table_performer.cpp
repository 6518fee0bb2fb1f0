// SPDX-License-Identifier: Apache-2.0
#include "tests/conformance/table_performer.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <stdexcept>
#include <utility>

#include "tests/conformance/term.hpp"

namespace kith::conformance {
namespace {

Value ok(Value value) {
  return Value::map({{"ok", std::move(value)}});
}
Value badarg() {
  return Value::map({{"error", "badarg"}});
}
Value end() {
  return Value::map({{"end", true}});
}

Value ok_or_badarg(const Result<void>& result, Value value = true) {
  return result ? ok(std::move(value)) : badarg();
}

/// Returns several results; their order matters only in an ordered_set.
Value several(const ValueTable& table, ValueArray results) {
  if (table.type() == TableType::ordered_set) return ok(std::move(results));
  return Value::map({{"unordered", std::move(results)}});
}

ValueArray values_of(const ValueTable::Rows& rows) {
  return {rows.begin(), rows.end()};
}

std::optional<TableType> type_of(const std::string& name) {
  if (name == "set") return TableType::set;
  if (name == "ordered_set") return TableType::ordered_set;
  if (name == "bag") return TableType::bag;
  if (name == "duplicate_bag") return TableType::duplicate_bag;
  return std::nullopt;
}
std::string name_of(TableType type) {
  for (const char* name : {"set", "ordered_set", "bag", "duplicate_bag"}) {
    if (type_of(name) == type) return name;
  }
  return "";
}

std::optional<TableAccess> access_of(const std::string& name) {
  if (name == "public") return TableAccess::all;
  if (name == "protected") return TableAccess::reading;
  if (name == "private") return TableAccess::none;
  return std::nullopt;
}
std::string name_of(TableAccess access) {
  for (const char* name : {"public", "protected", "private"}) {
    if (access_of(name) == access) return name;
  }
  return "";
}

template <typename T>
T known(std::optional<T> value, const char* what) {
  if (!value) throw std::runtime_error(std::string("no such ") + what);
  return *value;
}

std::optional<ValueTable::Rows> rows_in(const Value& term) {
  const auto* const list = term.get_if<ValueArray>();
  if (list == nullptr) return std::nullopt;
  ValueTable::Rows rows;
  for (const Value& each : *list) {
    const auto* const row = each.get_if<ValueArray>();
    if (row == nullptr) return std::nullopt;
    rows.push_back(*row);
  }
  return rows;
}

std::size_t arguments_of(const Value& operation) {
  return operation.get_if<ValueArray>()->size() - 1;
}

std::size_t natural(const Value& term) {
  return static_cast<std::size_t>(std::max<std::int64_t>(term.integer_or(0), 0));
}

Result<MatchSpec> spec_of(const std::string& operation, const Value& term) {
  if (operation.starts_with("match_object")) return MatchSpec::rows_like(term);
  if (operation == "match_delete") {
    return MatchSpec::compile(Value::array({Value::map({{"match", term}, {"return", true}})}));
  }
  if (operation.starts_with("match")) return MatchSpec::variables_of(term);
  return MatchSpec::compile(term);
}

}  // namespace

TablePerformer::TablePerformer(World& world, const TableDirectory& directory, const Value& setup)
    : world_(world), directory_(directory) {
  OwnedTableOptions options;
  options.rows.type = known(type_of(text(field(setup, "type"))), "type");
  options.rows.key_position = static_cast<std::size_t>(field(setup, "keypos").integer_or(1));
  options.name = field(setup, "name").text_or("t");
  options.named = is_true(field(setup, "named"));
  options.access = known(access_of(field(setup, "protection").text_or("protected")), "protection");
  const Value& given = field(setup, "heir");
  if (!given.is_null()) options.heir = heir(field(given, "to"), field(given, "data"));
  auto table = directory_.create(options);
  if (!table) throw std::runtime_error(table.error().to_string());
  table_ = std::move(*table);
}

std::optional<TableHeir> TablePerformer::heir(const Value& process, const Value& data) const {
  if (process.is_null()) return std::nullopt;
  return TableHeir{world_.process(text(process)), data};
}

Value TablePerformer::perform(const Value& operation) {
  if (text_at(operation, 0) != "via") return on(*table_, operation);
  const ValueArray& words = items(operation);
  if (words.size() < 3) throw std::runtime_error("no such operation: " + to_json(operation));
  return on(directory_.find(text_at(operation, 1)), ValueArray(words.begin() + 2, words.end()));
}

Value TablePerformer::on(const Found& found, const Value& operation) {
  const std::string what = text_at(operation, 0);
  if (what == "info") return info(found, text_at(operation, 1));
  if (what == "whereis") return ok(directory_.find(text_at(operation, 1)).has_value());
  if (what == "new_named") {
    OwnedTableOptions options;
    options.name = text_at(operation, 1);
    options.named = true;
    options.access = TableAccess::all;
    return directory_.create(options) ? ok(true) : badarg();
  }
  if (!found) return badarg();
  if (auto result = administer(*found, operation)) return *result;
  if (auto result = select(*found, operation)) return *result;
  if (auto result = read(*found, operation)) return *result;
  if (auto result = write(*found, operation)) return *result;
  throw std::runtime_error("no such operation: " + to_json(operation));
}

std::optional<Value> TablePerformer::administer(const OwnedTable& table, const Value& operation) {
  const std::string what = text_at(operation, 0);
  if (what == "rename") {
    const auto known = table.info();
    const std::string name = text_at(operation, 1);
    return ok_or_badarg(table.rename(name), known && known->named ? Value(name) : Value());
  }
  if (what == "delete_table") return ok_or_badarg(table.erase());
  if (what == "give_away") {
    return ok_or_badarg(table.give_away(world_.process(text_at(operation, 1)), at(operation, 2)));
  }
  if (what == "set_heir") {
    return ok_or_badarg(table.set_heir(heir(at(operation, 1), at(operation, 2))));
  }
  if (what == "set_protection") {
    const auto access = access_of(text_at(operation, 1));
    return access ? ok_or_badarg(table.set_access(*access)) : badarg();
  }
  if (what == "safe_fixtable") {
    return ok_or_badarg(is_true(at(operation, 1)) ? table.fix() : table.release());
  }
  if (what == "traverse") return traverse(table, text_at(operation, 1) == "delete");
  return std::nullopt;
}

Value TablePerformer::info(const Found& found, const std::string& item) {
  const auto known = found ? found->info() : Result<TableInfo>(found.error());
  if (!known) return ok(nullptr);
  const auto process = [&](Pid pid) { return world_.name_of(pid); };
  if (item == "size") return ok(known->size);
  if (item == "type") return ok(name_of(known->type));
  if (item == "keypos") return ok(known->key_position);
  if (item == "protection") return ok(name_of(known->access));
  if (item == "name") return ok(known->name);
  if (item == "named_table") return ok(known->named);
  if (item == "owner") return ok(process(known->owner));
  if (item == "heir") return ok(known->heir ? process(*known->heir) : Value());
  return item == "fixed" ? ok(known->fixed) : badarg();
}

std::optional<Value> TablePerformer::read(const OwnedTable& table, const Value& operation) {
  const std::string what = text_at(operation, 0);
  static const std::vector<std::string> reading = {"lookup", "lookup_element", "member", "first",
                                                   "last",   "next",           "prev",   "tab2list",
                                                   "foldl",  "foldr"};
  if (std::ranges::find(reading, what) == reading.end()) return std::nullopt;
  const auto right = table.read();
  if (!right) return badarg();
  const ValueTable& rows = **right;
  const Value& key = at(operation, 1);
  const auto key_or_end = [](const std::optional<Value>& found) {
    return found ? ok(*found) : end();
  };
  if (what == "lookup") return ok(values_of(rows.lookup(key)));
  if (what == "member") return ok(rows.member(key));
  if (what == "first") return key_or_end(rows.first());
  if (what == "last") return key_or_end(rows.last());
  if (what == "next" || what == "prev") {
    const auto found = what == "next" ? rows.next(key) : rows.previous(key);
    return found ? key_or_end(*found) : badarg();
  }
  if (what == "tab2list") return several(rows, values_of(rows.rows()));
  if (what == "lookup_element") {
    const auto found = rows.lookup_element(key, natural(at(operation, 2)));
    return found ? ok(*found) : badarg();
  }
  ValueTable::Rows all = rows.rows();
  if (what == "foldr") std::ranges::reverse(all);
  if (text_at(operation, 1) == "collect") return several(rows, values_of(all));
  std::int64_t sum = 0;
  const std::size_t position = natural(at(operation, 2));
  for (const ValueTable::Row& row : all) {
    if (position >= 1 && position <= row.size()) sum += row[position - 1].integer_or(0);
  }
  return ok(sum);
}

std::optional<Value> TablePerformer::select(const OwnedTable& table, const Value& operation) {
  const std::string what = text_at(operation, 0);
  if (what == "continue") {
    if (!cursor_ || cursor_->ended()) return end();  // for any caller
    const auto right = table.read();
    return right ? next_chunk(**right) : badarg();
  }
  const bool chunks = what.ends_with("_chunks");
  if (chunks || what == "select_chunks_delete") {
    return select_chunks(table, spec_of(what, at(operation, 1)), natural(at(operation, 2)),
                         !chunks);
  }
  return select_all(table, operation);
}

std::optional<Value> TablePerformer::select_all(const OwnedTable& table, const Value& operation) {
  const std::string what = text_at(operation, 0);
  const bool backwards = what == "select_reverse";
  const bool writes = what == "select_delete" || what == "select_replace" || what == "match_delete";
  const bool reads = what == "select" || backwards || what == "select_count" || what == "match" ||
                     what == "match_object";
  if (!reads && !writes) return std::nullopt;
  const auto spec = spec_of(what, at(operation, 1));
  if (writes) {
    const auto right = table.write();
    if (!right || !spec) return badarg();
    if (what == "match_delete") return (static_cast<void>((*right)->select_erase(*spec)), ok(true));
    if (what == "select_delete") return ok((*right)->select_erase(*spec));
    const auto replaced = (*right)->select_replace(*spec);
    return replaced ? ok(*replaced) : badarg();
  }
  const auto right = table.read();
  if (!right || !spec) return badarg();
  if (what == "select_count") return ok((*right)->select_count(*spec));
  if (arguments_of(operation) == 1) return several(**right, (*right)->select(*spec, backwards));
  const std::size_t limit = natural(at(operation, 2));
  if (limit == 0) return badarg();
  cursor_.emplace(*spec, backwards);
  limit_ = limit;
  return next_chunk(**right);
}

Value TablePerformer::next_chunk(const ValueTable& rows) {
  ValueArray results = rows.select(*cursor_, limit_);
  if (results.empty()) return end();
  return Value::map({{"chunk", std::move(results)}});
}

Value TablePerformer::select_chunks(const OwnedTable& table, const Result<MatchSpec>& spec,
                                    std::size_t limit, bool erases) {
  const auto right = table.read();
  const auto writing = table.write();
  if (!right || !spec || limit == 0 || (erases && !writing)) return badarg();
  static_cast<void>(table.fix());
  TableCursor cursor(*spec);
  ValueArray all;
  while (!cursor.ended()) {
    const ValueArray chunk = (*right)->select(cursor, limit);
    for (const Value& each : chunk) {
      if (erases) (*writing)->erase((*each.get_if<ValueArray>())[(*right)->key_position() - 1]);
      all.push_back(each);
    }
  }
  static_cast<void>(table.release());
  return several(**right, std::move(all));
}

Value TablePerformer::traverse(const OwnedTable& table, bool erases) {
  const auto right = table.read();
  const auto writing = table.write();
  if (!right || (erases && !writing)) return badarg();
  static_cast<void>(table.fix());
  ValueArray keys;
  for (auto key = (*right)->first(); key;) {
    keys.push_back(*key);
    if (erases) (*writing)->erase(*key);
    const auto next = (*right)->next(*key);
    if (!next) return badarg();
    key = *next;
  }
  static_cast<void>(table.release());
  return several(**right, std::move(keys));
}

std::optional<Value> TablePerformer::write(const OwnedTable& table, const Value& operation) {
  const std::string what = text_at(operation, 0);
  const auto right = table.write();
  if (!right) return badarg();
  ValueTable& rows = **right;
  const Value& first = at(operation, 1);
  if (what.starts_with("insert")) {
    auto given = rows_in(what.ends_with("_list") ? first : Value::array({first}));
    if (!given) return badarg();
    if (!what.starts_with("insert_new")) return ok_or_badarg(rows.insert_all(std::move(*given)));
    const auto inserted = rows.insert_new(std::move(*given));
    return inserted ? ok(*inserted) : badarg();
  }
  if (what == "delete") return (static_cast<void>(rows.erase(first)), ok(true));
  if (what == "delete_object") {
    const auto* const row = first.get_if<ValueArray>();
    if (row == nullptr || row->size() < rows.key_position()) return badarg();
    return (static_cast<void>(rows.erase_row(*row)), ok(true));
  }
  if (what == "delete_all_objects") return (rows.clear(), ok(true));
  if (what == "take") return several(rows, values_of(rows.take(first)));
  if (what == "update_counter") return count_up(rows, operation);
  if (what == "update_element") return update_element(rows, operation);
  return std::nullopt;
}

Value TablePerformer::count_up(ValueTable& rows, const Value& operation) {
  const auto updates = counter_updates_from(at(operation, 2), rows.key_position());
  if (!updates) return badarg();
  std::optional<ValueTable::Row> initial;
  if (arguments_of(operation) == 3) {
    const auto* const row = at(operation, 3).get_if<ValueArray>();
    if (row == nullptr) return badarg();
    initial = *row;
  }
  const auto sums = rows.update_counter(at(operation, 1), *updates, std::move(initial));
  if (!sums) return badarg();
  if (at(operation, 2).get_if<ValueArray>() == nullptr) return ok(sums->front());
  return ok(ValueArray(sums->begin(), sums->end()));
}

Value TablePerformer::update_element(ValueTable& rows, const Value& operation) {
  const auto updates = element_updates_from(at(operation, 2));
  const bool known = rows.member(at(operation, 1));
  if (!updates && known) return badarg();
  const auto updated =
      rows.update_element(at(operation, 1), updates ? *updates : std::vector<ElementUpdate>());
  return updated ? ok(*updated) : badarg();
}

}  // namespace kith::conformance
