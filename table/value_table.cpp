// SPDX-License-Identifier: Apache-2.0
#include "table/value_table.hpp"

#include <limits>
#include <mutex>
#include <set>
#include <shared_mutex>
#include <span>
#include <string>
#include <utility>

#include "core/block_release.hpp"
#include "core/value_json.hpp"
#include "table/locked_parts.hpp"
#include "table/value_table_parts.hpp"

namespace kith {
namespace {

/// From this number of rows on, an emptied or destroyed table returns its memory to the system; for
/// smaller tables that takes longer than it is worth.
constexpr std::size_t rows_given_back_min = 100'000;

Error refused(std::string why) {
  return {ErrorCode::invalid_argument, std::move(why)};
}

Error no_row(const Value& key) {
  return {ErrorCode::not_found, "the table has no row with the key " + json_excerpt(key)};
}

}  // namespace

/// Locks the parts of some rows for a write: one part for one row, otherwise all, in index order,
/// so that two writers cannot deadlock.
class ValueTable::Writing {
 public:
  Writing(const ValueTable& table, const Rows& rows) : table_(table) {
    if (rows.size() == 1) {
      numbers_.push_back(table.part_number(table.key_of(rows.front())));
    } else {
      for (std::size_t i = 0; i < table.part_count_; ++i) numbers_.push_back(i);
    }
    for (const std::size_t number : numbers_) table_.parts_[number].lock.lock();
  }
  ~Writing() {
    for (const std::size_t number : numbers_) table_.parts_[number].lock.unlock();
  }
  Writing(const Writing&) = delete;
  Writing& operator=(const Writing&) = delete;

 private:
  const ValueTable& table_;
  std::vector<std::size_t> numbers_;
};

ValueTable::ValueTable(const ValueTableOptions& options)
    : options_(options),
      part_count_(options.type == TableType::ordered_set ? 1 : 64),
      parts_(std::make_unique<Part[]>(part_count_)),
      feed_(std::make_unique<Feed>(options.type == TableType::ordered_set)) {
  for (std::size_t i = 0; i < part_count_; ++i) parts_[i].key_at(options_.key_position - 1);
}
ValueTable::~ValueTable() {
  const std::size_t rows = size();
  parts_.reset();
  if (rows >= rows_given_back_min) release_free_blocks();
}

bool ValueTable::is_bag() const {
  return options_.type == TableType::bag || options_.type == TableType::duplicate_bag;
}

std::size_t ValueTable::part_number(const Value& key) const {
  return part_count_ == 1 ? 0 : ValueHash()(key) % part_count_;
}
ValueTable::Part& ValueTable::part_of(const Value& key) const {
  return parts_[part_number(key)];
}

Result<void> ValueTable::check(const Rows& rows) const {
  for (const Row& row : rows) {
    if (row.size() >= options_.key_position) continue;
    return refused("the row " + json_excerpt(Value(row)) + " has no element " +
                   std::to_string(options_.key_position) + ", which is the key");
  }
  return {};
}

/// Returns whether a key has a row; called under the lock of its part.
bool ValueTable::has(const Value& key) const {
  const Part& part = part_of(key);
  return is_ordered() ? part.ordered.find(key) != nullptr : part.find(key) != Part::Hashed::none;
}

/// Returns the number of different keys among the rows that are new (sets only); called under the
/// locks of their parts.
std::size_t ValueTable::count_new(const Rows& rows) const {
  std::set<Value> keys;
  for (const Row& row : rows) {
    if (!has(key_of(row))) keys.insert(key_of(row));
  }
  return keys.size();
}

/// Adds an upper bound of the number of new rows to `size_` and returns it, or fails if the table
/// would exceed `rows_max`; `put_all` subtracts the excess. Counts before the write because other
/// parts may be written concurrently. Only a bounded set counts exactly: an overwrite must not fail
/// for lack of room. Called under the locks of the rows' parts.
Result<std::size_t> ValueTable::make_room(const Rows& rows) {
  const bool is_bounded = options_.rows_max != std::numeric_limits<std::size_t>::max();
  const bool may_overwrite = is_bounded && !is_bag();
  const std::size_t count = may_overwrite ? count_new(rows) : rows.size();
  const std::size_t before = size_.fetch_add(count, std::memory_order_relaxed);
  if (!is_bounded || count <= options_.rows_max - std::min(options_.rows_max, before)) return count;
  size_.fetch_sub(count, std::memory_order_relaxed);
  return Error(ErrorCode::overloaded, "the table has its " + std::to_string(options_.rows_max) +
                                          " rows; erase some first");
}

// --- writing ------------------------------------------------------------------------

Result<void> ValueTable::insert(Row row) {
  Rows rows;
  rows.push_back(std::move(row));
  return insert_all(std::move(rows));
}

Result<void> ValueTable::insert_all(Rows rows) {
  if (auto fine = check(rows); !fine) return fine;
  const Writing lock(*this, rows);
  return put_all(std::move(rows));
}

/// Writes rows, or none if there is no room; called under the locks of their parts.
Result<void> ValueTable::put_all(Rows rows) {
  const auto counted = make_room(rows);
  if (!counted) return counted.error();
  std::size_t added = 0;
  for (Row& row : rows) added += put(std::move(row)) ? 1 : 0;
  size_.fetch_sub(*counted - added, std::memory_order_relaxed);
  return {};
}

Result<bool> ValueTable::insert_new(Rows rows) {
  if (auto fine = check(rows); !fine) return fine.error();
  const Writing lock(*this, rows);
  if (std::ranges::any_of(rows, [&](const Row& row) { return has(key_of(row)); })) return false;
  if (const auto done = put_all(std::move(rows)); !done) return done.error();
  return true;
}

/// Writes a row that `size_` already counts; true if it is an additional row. Called under the lock
/// of its part. Notifies before it moves the row.
bool ValueTable::put(Row row) {
  const Value& key = key_of(row);
  Part& part = part_of(key);
  part.keep_image();
  if (is_ordered()) {
    tell(RowEvent::written, row);
    const auto place = part.ordered.not_less(key);
    const bool is_new = part.ordered.find(key) == nullptr;
    if (is_new)
      part.ordered.insert(std::move(row));
    else
      part.ordered.replace(place, std::move(row));
    return is_new;
  }
  const std::uint64_t hash = ValueHash()(key);
  const std::size_t place = part.hashed.find(key, hash);
  if (place == Part::Hashed::none) {
    tell(RowEvent::written, row);
    part.hashed.insert({std::move(row), {}}, hash);
    return true;
  }
  table::RowsOfKey& rows = part.hashed[place];
  if (options_.type == TableType::set) {
    tell(RowEvent::written, row);
    rows.row = std::move(row);
    return false;
  }
  if (options_.type == TableType::bag) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (rows[i] == row) return false;
    }
  }
  tell(RowEvent::written, row);
  rows.more.push_back(std::move(row));
  return true;
}

/// Notifies watchers; called under the part's lock, which orders the changes of a key.
void ValueTable::tell(RowEvent event, const Row& row) const {
  if (!feed_->changes.is_watched()) return;
  const Value& key = key_of(row);
  feed_->changes.publish(key, [&] { return ValueTableChange{event, key, row}; });
}

ValueTable::Rows ValueTable::take(const Value& key) {
  Part& part = part_of(key);
  const std::unique_lock lock(part.lock);
  part.keep_image();
  Rows taken;
  if (is_ordered()) {
    if (part.ordered.find(key) != nullptr) {
      const auto at = part.ordered.not_less(key);
      taken.push_back(std::move(part.ordered.at(at)));
      part.ordered.erase(at);
    }
  } else if (const std::size_t place = part.find(key); place != Part::Hashed::none) {
    table::RowsOfKey& rows = part.hashed[place];
    taken.push_back(rows.row);  // a copy: `erase` below still reads the key
    std::ranges::move(rows.more, std::back_inserter(taken));
    rows.more.clear();
    part.hashed.erase(place);
  }
  for (const Row& row : taken) tell(RowEvent::erased, row);
  size_ -= taken.size();
  return taken;
}

std::size_t ValueTable::erase(const Value& key) {
  return take(key).size();
}

/// A duplicate_bag may have the row several times. A key must keep at least one row, so the last
/// one removes the key.
std::size_t ValueTable::erase_row(const Row& row) {
  if (row.size() < options_.key_position) return 0;
  const Value& key = key_of(row);
  Part& part = part_of(key);
  const std::unique_lock lock(part.lock);
  part.keep_image();
  std::size_t erased = 0;
  if (is_ordered()) {
    const Row* const found = part.ordered.find(key);
    if (found == nullptr || *found != row) return 0;
    part.ordered.erase(part.ordered.not_less(key));
    erased = 1;
  } else if (const std::size_t place = part.find(key); place != Part::Hashed::none) {
    table::RowsOfKey& rows = part.hashed[place];
    erased += std::erase(rows.more, row);
    if (rows.row == row) {
      ++erased;
      if (rows.more.empty())
        part.hashed.erase(place);
      else
        rows.erase(0);
    }
  }
  for (std::size_t i = 0; i < erased; ++i) tell(RowEvent::erased, row);
  size_ -= erased;
  return erased;
}

void ValueTable::clear() {
  std::size_t rows = 0;
  {
    std::span<Part> parts(parts_.get(), part_count_);
    const table::LockedParts lock(parts);
    for (Part& part : parts) {
      part.keep_image();
      part.hashed.clear();
      part.ordered.clear();
    }
    rows = size_.exchange(0, std::memory_order_relaxed);
    if (feed_->changes.is_watched()) feed_->changes.publish_cleared();
  }
  if (rows >= rows_given_back_min) release_free_blocks();
}

namespace {

/// Applies the updates to a row. On failure the row may be partly updated, so a caller with more
/// than one update passes a copy.
Result<std::vector<std::int64_t>> count_up(TableRow& row, std::size_t key_position,
                                           const std::vector<CounterUpdate>& updates) {
  std::vector<std::int64_t> sums;
  for (const CounterUpdate& update : updates) {
    if (update.position == key_position) return refused("the key of a row cannot be changed");
    if (update.position == 0 || update.position > row.size()) {
      return refused("the row has no element " + std::to_string(update.position));
    }
    Value& element = row[update.position - 1];
    const auto* const held = element.get_if<std::int64_t>();
    if (held == nullptr) {
      return refused("element " + std::to_string(update.position) + " of the row is no integer");
    }
    std::int64_t sum = 0;
    const bool overflows = __builtin_add_overflow(*held, update.increment, &sum);
    if (update.bound) {
      const bool up = update.increment >= 0;
      const std::int64_t threshold = update.bound->threshold;
      if (overflows || (up ? sum > threshold : sum < threshold)) sum = update.bound->set;
    } else if (overflows) {
      return refused("the sum does not fit in 64 bits");
    }
    element = sum;
    sums.push_back(sum);
  }
  return sums;
}

}  // namespace

Result<std::vector<std::int64_t>> ValueTable::update_counter(
    const Value& key, const std::vector<CounterUpdate>& updates, std::optional<Row> initial) {
  if (is_bag()) return refused("a bag has no counters");
  Part& part = part_of(key);
  const std::unique_lock lock(part.lock);
  part.keep_image();
  Row* row = nullptr;
  if (is_ordered())
    row = part.ordered.find(key);
  else if (const std::size_t place = part.find(key); place != Part::Hashed::none)
    row = &part.hashed[place].row;
  if (row == nullptr && !initial) return no_row(key);
  if (row != nullptr && updates.size() == 1) {  // cannot fail halfway, so needs no copy
    auto sums = count_up(*row, options_.key_position, updates);
    if (sums) tell(RowEvent::written, *row);
    return sums;
  }
  if (row == nullptr) {
    if (initial->size() < options_.key_position) {
      return refused("the initial row has no element for the key");
    }
    (*initial)[options_.key_position - 1] = key;
  }
  Row changed = row == nullptr ? std::move(*initial) : *row;
  auto sums = count_up(changed, options_.key_position, updates);
  if (!sums) return sums;
  if (row != nullptr) {
    *row = std::move(changed);
    tell(RowEvent::written, *row);
    return sums;
  }
  Rows rows;
  rows.push_back(std::move(changed));
  if (const auto done = put_all(std::move(rows)); !done) return done.error();
  return sums;
}

Result<bool> ValueTable::update_element(const Value& key, std::vector<ElementUpdate> updates) {
  if (is_bag()) return refused("a row of a bag cannot be changed");
  Part& part = part_of(key);
  const std::unique_lock lock(part.lock);
  part.keep_image();
  Row* row = nullptr;
  if (is_ordered())
    row = part.ordered.find(key);
  else if (const std::size_t place = part.find(key); place != Part::Hashed::none)
    row = &part.hashed[place].row;
  if (row == nullptr) return false;
  for (const ElementUpdate& update : updates) {
    if (update.position == options_.key_position) {
      return refused("the key of a row cannot be changed");
    }
    if (update.position == 0 || update.position > row->size()) {
      return refused("the row has no element " + std::to_string(update.position));
    }
  }
  for (ElementUpdate& update : updates) (*row)[update.position - 1] = std::move(update.value);
  tell(RowEvent::written, *row);
  return true;
}

Result<bool> ValueTable::compare_and_swap(const Row& expected, Row desired) {
  if (is_bag()) return refused("a row of a bag cannot be changed");
  for (const Row* row : {&expected, static_cast<const Row*>(&desired)}) {
    if (row->size() < options_.key_position) return refused("a row has no key");
  }
  if (key_of(expected) != key_of(desired)) return refused("the two rows have differing keys");
  Part& part = part_of(key_of(expected));
  const std::unique_lock lock(part.lock);
  part.keep_image();
  Row* row = nullptr;
  if (is_ordered())
    row = part.ordered.find(key_of(expected));
  else if (const std::size_t place = part.find(key_of(expected)); place != Part::Hashed::none)
    row = &part.hashed[place].row;
  if (row == nullptr || *row != expected) return false;
  *row = std::move(desired);
  tell(RowEvent::written, *row);
  return true;
}

// --- reading ------------------------------------------------------------------------

ValueTable::Rows ValueTable::lookup(const Value& key) const {
  const Part& part = part_of(key);
  const std::shared_lock lock(part.lock);
  Rows found;
  if (is_ordered()) {
    if (const Row* const row = part.ordered.find(key)) found.push_back(*row);
    return found;
  }
  const std::size_t place = part.find(key);
  if (place == Part::Hashed::none) return found;
  const table::RowsOfKey& rows = part.hashed[place];
  found.reserve(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) found.push_back(rows[i]);
  return found;
}

Result<Value> ValueTable::lookup_element(const Value& key, std::size_t position) const {
  const Rows found = lookup(key);
  if (found.empty()) return no_row(key);
  ValueArray elements;
  for (const Row& row : found) {
    if (position == 0 || position > row.size()) {
      return Error(ErrorCode::not_found, "a row with the key " + json_excerpt(key) +
                                             " has no element " + std::to_string(position));
    }
    elements.push_back(row[position - 1]);
  }
  if (is_bag()) return Value(std::move(elements));
  return elements.front();
}

bool ValueTable::member(const Value& key) const {
  const std::shared_lock lock(part_of(key).lock);
  return has(key);
}

std::size_t ValueTable::size() const {
  return size_.load(std::memory_order_relaxed);
}

}  // namespace kith
