// SPDX-License-Identifier: Apache-2.0
#include <iterator>
#include <mutex>
#include <shared_mutex>
#include <span>
#include <utility>

#include "core/value_json.hpp"
#include "table/locked_parts.hpp"
#include "table/value_table.hpp"
#include "table/value_table_parts.hpp"

namespace kith {

namespace {

constexpr std::size_t no_limit = std::numeric_limits<std::size_t>::max();

Error unknown_key(const Value& key) {
  return {ErrorCode::not_found, "the table has no row with the key " + json_excerpt(key)};
}

/// Returns the bytes of a row without the strings and arrays in it.
std::size_t bytes_of(const TableRow& row) {
  return row.capacity() * sizeof(Value);
}

}  // namespace

// --- from key to key ----------------------------------------------------------------

std::optional<Value> ValueTable::first() const {
  for (std::size_t number = 0; number < part_count_; ++number) {
    const Part& part = parts_[number];
    const std::shared_lock lock(part.lock);
    if (is_ordered()) {
      if (part.ordered.size() == 0) return std::nullopt;
      return key_of(part.ordered.at(part.ordered.begin()));
    }
    for (std::size_t place = 0; place < part.hashed.places(); ++place) {
      if (!part.hashed.is_hole(place)) return key_of(part.hashed[place].row);
    }
  }
  return std::nullopt;
}

std::optional<Value> ValueTable::last() const {
  if (!is_ordered()) return first();
  const Part& part = parts_[0];
  const std::shared_lock lock(part.lock);
  if (part.ordered.size() == 0) return std::nullopt;
  return key_of(part.ordered.at(part.ordered.previous(part.ordered.end())));
}

/// In an unordered table, finds the place of the key, also if it was erased while the table is
/// fixed, and continues from there through the following parts.
Result<std::optional<Value>> ValueTable::next(const Value& key) const {
  if (is_ordered()) {
    const Part& part = parts_[0];
    const std::shared_lock lock(part.lock);
    const auto place = part.ordered.greater(key);
    if (place == part.ordered.end()) return std::optional<Value>();
    return std::optional(key_of(part.ordered.at(place)));
  }
  std::size_t place = Part::Hashed::none;
  for (std::size_t number = part_number(key); number < part_count_; ++number) {
    const Part& part = parts_[number];
    const std::shared_lock lock(part.lock);
    std::size_t from = 0;
    if (place == Part::Hashed::none) {
      place = part.hashed.find_erased(key, ValueHash()(key));
      if (place == Part::Hashed::none) return unknown_key(key);
      from = place + 1;
    }
    for (; from < part.hashed.places(); ++from) {
      if (!part.hashed.is_hole(from)) return std::optional(key_of(part.hashed[from].row));
    }
  }
  return std::optional<Value>();
}

Result<std::optional<Value>> ValueTable::previous(const Value& key) const {
  if (!is_ordered()) return next(key);
  const Part& part = parts_[0];
  const std::shared_lock lock(part.lock);
  const auto place = part.ordered.not_less(key);
  if (place == part.ordered.begin()) return std::optional<Value>();
  return std::optional(key_of(part.ordered.at(part.ordered.previous(place))));
}

void ValueTable::fix() {
  const MutexLock fixing(fixes_mutex_);
  if (fixes_++ > 0 || is_ordered()) return;
  for (std::size_t number = 0; number < part_count_; ++number) {
    const std::unique_lock lock(parts_[number].lock);
    parts_[number].hashed.keep_places(true);
  }
}

void ValueTable::release() {
  const MutexLock fixing(fixes_mutex_);
  if (fixes_ == 0 || --fixes_ > 0 || is_ordered()) return;
  for (std::size_t number = 0; number < part_count_; ++number) {
    const std::unique_lock lock(parts_[number].lock);
    parts_[number].hashed.keep_places(false);
  }
}

bool ValueTable::is_fixed() const {
  const MutexLock fixing(fixes_mutex_);
  return fixes_ > 0;
}

// --- all of it ----------------------------------------------------------------------

ValueTable::Rows ValueTable::rows() const {
  Rows all;
  for (std::size_t number = 0; number < part_count_; ++number) {
    const Part& part = parts_[number];
    const std::shared_lock lock(part.lock);
    part.for_each([&](const Row& row) { all.push_back(row); });
  }
  return all;
}

TableSnapshot<TableRow> ValueTable::snapshot() const {
  std::span<Part> parts(parts_.get(), part_count_);
  return table::snapshot_of<Row>(parts, [this] { return size(); });
}

// --- changes ------------------------------------------------------------------------

TableWatch<ValueTableChange> ValueTable::watch(WatchOptions options) const {
  return feed_->changes.watch_where([](const Value&) { return true; }, options);
}

TableWatch<ValueTableChange> ValueTable::watch_key(Value key, WatchOptions options) const {
  return feed_->changes.watch_key(std::move(key), options);
}

TableWatch<ValueTableChange> ValueTable::watch_prefix(std::string prefix,
                                                      WatchOptions options) const {
  const auto has_prefix = [prefix = std::move(prefix)](const Value& key) {
    const auto* const text = key.get_if<std::string>();
    return text != nullptr && text->starts_with(prefix);
  };
  return feed_->changes.watch_where(has_prefix, options);
}

std::size_t ValueTable::bytes() const {
  std::size_t total = sizeof(*this) + part_count_ * sizeof(Part);
  for (std::size_t number = 0; number < part_count_; ++number) {
    const Part& part = parts_[number];
    const std::shared_lock lock(part.lock);
    total += part.ordered.bytes() + part.hashed.bytes();
    part.for_each([&](const Row& row) { total += bytes_of(row); });
    if (!is_bag()) continue;
    for (std::size_t place = 0; place < part.hashed.places(); ++place) {
      total += part.hashed[place].more.capacity() * sizeof(Row);
    }
  }
  return total;
}

// --- selection ----------------------------------------------------------------------

ValueArray ValueTable::select(const MatchSpec& spec, bool backwards) const {
  TableCursor cursor(spec, backwards);
  if (const Value* const key = spec.bound_key(options_.key_position - 1)) {
    ValueArray results;
    MatchSpec::Run run(spec);
    for (const Row& row : lookup(*key)) {
      if (const auto result = run(row); !result.failed()) results.push_back(result.copy());
    }
    return results;
  }
  return select(cursor, no_limit);
}

ValueArray ValueTable::select(TableCursor& cursor, std::size_t limit) const {
  if (cursor.ended_ || limit == 0) return {};
  return is_ordered() ? select_ordered(cursor, limit) : select_unordered(cursor, limit);
}

/// Continues after a key and not at a place: places change with each write between two calls.
ValueArray ValueTable::select_ordered(TableCursor& cursor, std::size_t limit) const {
  ValueArray results;
  MatchSpec::Run run(*cursor.spec_);
  const Part& part = parts_[0];
  const std::shared_lock lock(part.lock);
  const auto& rows = part.ordered;
  const bool backwards = cursor.backwards_;
  auto at = backwards ? rows.end() : rows.begin();
  if (cursor.last_key_) {
    at = backwards ? rows.not_less(*cursor.last_key_) : rows.greater(*cursor.last_key_);
  }
  while (at != (backwards ? rows.begin() : rows.end())) {
    if (backwards) at = rows.previous(at);
    const Row& row = rows.at(at);
    if (const auto result = run(row); !result.failed()) {
      results.push_back(result.copy());
      if (results.size() == limit) {
        cursor.last_key_ = key_of(row);
        return results;
      }
    }
    if (!backwards) at = rows.next(at);
  }
  cursor.ended_ = true;
  return results;
}

/// Evaluates all rows of a key before it returns, since a cursor has no position within a key:
/// results beyond the limit wait in the cursor.
ValueArray ValueTable::select_unordered(TableCursor& cursor, std::size_t limit) const {
  ValueArray results;
  while (!cursor.waiting_.empty() && results.size() < limit) {
    results.push_back(std::move(cursor.waiting_.back()));
    cursor.waiting_.pop_back();
  }
  if (results.size() == limit) return results;
  MatchSpec::Run run(*cursor.spec_);
  for (; cursor.part_ < part_count_; ++cursor.part_, cursor.place_ = 0) {
    const Part& part = parts_[cursor.part_];
    const std::shared_lock lock(part.lock);
    while (cursor.place_ < part.hashed.places()) {
      const std::size_t place = cursor.place_++;
      table::prefetch_ahead(part.hashed, place);
      if (part.hashed.is_hole(place)) continue;
      const table::RowsOfKey& rows = part.hashed[place];
      for (std::size_t i = 0; i < rows.size(); ++i) {
        if (const auto result = run(rows[i]); !result.failed()) results.push_back(result.copy());
      }
      if (results.size() < limit) continue;
      for (; results.size() > limit; results.pop_back()) {
        cursor.waiting_.push_back(std::move(results.back()));
      }
      return results;
    }
  }
  cursor.ended_ = true;
  return results;
}

std::size_t ValueTable::select_count(const MatchSpec& spec) const {
  MatchSpec::Run run(spec);
  std::size_t count = 0;
  for (std::size_t number = 0; number < part_count_; ++number) {
    const Part& part = parts_[number];
    const std::shared_lock lock(part.lock);
    part.for_each([&](const Row& row) { count += run(row).is(true) ? 1 : 0; });
  }
  return count;
}

/// Rebuilds an ordered part instead of erasing row by row, which would move the rest of a chunk
/// each time.
std::size_t ValueTable::select_erase(const MatchSpec& spec) {
  MatchSpec::Run run(spec);
  std::size_t erased = 0;
  for (std::size_t number = 0; number < part_count_; ++number) {
    Part& part = parts_[number];
    const std::unique_lock lock(part.lock);
    part.keep_image();
    Part::Ordered kept(table::KeyAt{options_.key_position - 1});
    const std::size_t before = part.ordered.size();
    for (auto at = part.ordered.begin(); at != part.ordered.end(); at = part.ordered.next(at)) {
      Row& row = part.ordered.at(at);
      if (run(row).is(true))
        tell(RowEvent::erased, row);
      else
        kept.insert(std::move(row));
    }
    erased += before - kept.size();
    part.ordered = std::move(kept);
    // From the last place down: an erasure moves the last item, visited already, to the free place.
    for (std::size_t place = part.hashed.places(); place-- > 0;) {
      if (part.hashed.is_hole(place)) continue;
      table::RowsOfKey& rows = part.hashed[place];
      for (std::size_t i = rows.size(); i-- > 0;) {
        if (!run(rows[i]).is(true)) continue;
        ++erased;
        tell(RowEvent::erased, rows[i]);
        if (rows.size() > 1) {
          rows.erase(i);
        } else {
          part.hashed.erase(place);
          break;
        }
      }
    }
  }
  size_ -= erased;
  return erased;
}

/// Replaces rows in place: their keys are known to stay, so no row changes its place or part.
Result<std::size_t> ValueTable::select_replace(const MatchSpec& spec) {
  if (options_.type == TableType::bag) {
    return Error(ErrorCode::invalid_argument, "rows of a bag cannot be replaced");
  }
  if (!spec.keeps_keys(options_.key_position - 1)) {
    return Error(ErrorCode::invalid_argument,
                 "a result is not seen to be a row with the key of the row it replaces");
  }
  MatchSpec::Run run(spec);
  std::size_t replaced = 0;
  const auto replace = [&](Row& row) {
    const auto result = run(row);
    if (result.row == nullptr) return;
    Row changed = *result.row;  // a copy first: the result may refer to `row` itself
    row = std::move(changed);
    tell(RowEvent::written, row);
    ++replaced;
  };
  for (std::size_t number = 0; number < part_count_; ++number) {
    Part& part = parts_[number];
    const std::unique_lock lock(part.lock);
    part.keep_image();
    for (auto at = part.ordered.begin(); at != part.ordered.end(); at = part.ordered.next(at)) {
      replace(part.ordered.at(at));
    }
    for (std::size_t place = 0; place < part.hashed.places(); ++place) {
      if (part.hashed.is_hole(place)) continue;
      table::RowsOfKey& rows = part.hashed[place];
      for (std::size_t i = 0; i < rows.size(); ++i) replace(rows[i]);
    }
  }
  return replaced;
}

}  // namespace kith
