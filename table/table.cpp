#include "table/table.hpp"

#include <algorithm>

#include "core/hash.hpp"
#include "core/limits.hpp"

namespace kith {
namespace {

/// Which lock guards a key. Texts, bytes and integers are spread; the rarer kinds share one.
std::size_t spread(const Value& key) {
  if (const auto* text = key.get_if<std::string>()) return stable_hash(*text);
  if (const auto* bytes = key.get_if<Bytes>()) return stable_hash(as_text(*bytes));
  if (const auto* number = key.get_if<std::int64_t>()) {
    return mix_hash(static_cast<std::uint64_t>(*number));
  }
  return 0;
}

std::size_t size_bytes(const Value& key) {
  if (const auto* text = key.get_if<std::string>()) return text->size();
  if (const auto* bytes = key.get_if<Bytes>()) return bytes->size();
  return 0;
}

/// The sum, unless it does not fit.
std::optional<std::int64_t> sum(std::int64_t a, std::int64_t b) {
  std::int64_t result = 0;
  if (__builtin_add_overflow(a, b, &result)) return std::nullopt;
  return result;
}

}  // namespace

Table::Table(TableOptions options) : options_(std::move(options)) {}

const Table::Shard& Table::shard_of(const Value& key) const {
  return shards_[spread(key) % shards_.size()];
}
Table::Shard& Table::shard_of(const Value& key) { return shards_[spread(key) % shards_.size()]; }

Result<void> Table::acceptable(const Value& key) const {
  if (size_bytes(key) <= limits::key_size_bytes_max) return {};
  return {ErrorCode::invalid_argument, "a key of the table '" + options_.name +
                                           "' is longer than " +
                                           std::to_string(limits::key_size_bytes_max) + " bytes"};
}

Result<void> Table::reserve_row() {
  if (size_.fetch_add(1, std::memory_order_relaxed) < options_.rows_max) return {};
  size_.fetch_sub(1, std::memory_order_relaxed);
  return {ErrorCode::overloaded, "the table '" + options_.name + "' holds no more than " +
                                     std::to_string(options_.rows_max) + " rows"};
}

Result<void> Table::insert(Value key, Value content) {
  if (auto checked = acceptable(key); !checked) return checked;
  Shard& shard = shard_of(key);
  const MutexLock lock(shard.mutex);
  const auto place = shard.rows.lower_bound(key);
  if (place != shard.rows.end() && place->first == key) {
    place->second = std::move(content);
    return {};
  }
  if (auto reserved = reserve_row(); !reserved) return reserved;
  shard.rows.emplace_hint(place, std::move(key), std::move(content));
  return {};
}

Result<bool> Table::insert_new(Value key, Value content) {
  if (const auto checked = acceptable(key); !checked) return checked.error();
  Shard& shard = shard_of(key);
  const MutexLock lock(shard.mutex);
  const auto place = shard.rows.lower_bound(key);
  if (place != shard.rows.end() && place->first == key) return false;
  if (const auto reserved = reserve_row(); !reserved) return reserved.error();
  shard.rows.emplace_hint(place, std::move(key), std::move(content));
  return true;
}

std::optional<Value> Table::lookup(const Value& key) const {
  const Shard& shard = shard_of(key);
  const MutexLock lock(shard.mutex);
  const auto found = shard.rows.find(key);
  if (found == shard.rows.end()) return std::nullopt;
  return found->second;
}

bool Table::member(const Value& key) const {
  const Shard& shard = shard_of(key);
  const MutexLock lock(shard.mutex);
  return shard.rows.contains(key);
}

bool Table::erase(const Value& key) { return take(key).has_value(); }

std::optional<Value> Table::take(const Value& key) {
  Shard& shard = shard_of(key);
  const MutexLock lock(shard.mutex);
  auto node = shard.rows.extract(key);
  if (node.empty()) return std::nullopt;
  size_.fetch_sub(1, std::memory_order_relaxed);
  return std::move(node.mapped());
}

Result<std::int64_t> Table::update_counter(const Value& key, std::int64_t increment,
                                           std::optional<std::int64_t> initial) {
  if (const auto checked = acceptable(key); !checked) return checked.error();
  Shard& shard = shard_of(key);
  const MutexLock lock(shard.mutex);
  const auto found = shard.rows.find(key);
  const bool missing = found == shard.rows.end();
  if (missing && !initial) {
    return {ErrorCode::not_found, "the table '" + options_.name + "' has no row of this key"};
  }
  const auto* content = missing ? &*initial : found->second.get_if<std::int64_t>();
  if (content == nullptr) {
    return {ErrorCode::invalid_argument, "the content of this row is not an integer"};
  }
  const auto total = sum(*content, increment);
  if (!total) return {ErrorCode::invalid_argument, "the counter does not fit in 64 bits"};
  if (!missing) {
    found->second = *total;
    return *total;
  }
  if (const auto reserved = reserve_row(); !reserved) return reserved.error();
  shard.rows.emplace(key, *total);
  return *total;
}

void Table::clear() {
  for (Shard& shard : shards_) {
    Rows rows;  // destroyed without the lock
    const MutexLock lock(shard.mutex);
    rows.swap(shard.rows);
    size_.fetch_sub(rows.size(), std::memory_order_relaxed);
  }
}

std::vector<TableRow> Table::rows() const {
  std::vector<TableRow> all;
  for (const Shard& shard : shards_) {
    const MutexLock lock(shard.mutex);
    all.insert(all.end(), shard.rows.begin(), shard.rows.end());
  }
  std::ranges::sort(all, {}, &TableRow::first);
  return all;
}

std::vector<Value> Table::keys() const {
  std::vector<Value> all;
  for (const Shard& shard : shards_) {
    const MutexLock lock(shard.mutex);
    for (const auto& [key, content] : shard.rows) all.push_back(key);
  }
  std::ranges::sort(all);
  return all;
}

void Table::for_each(
    const std::function<void(const Value& key, const Value& content)>& visit) const {
  for (const auto& [key, content] : rows()) visit(key, content);
}

}  // namespace kith
