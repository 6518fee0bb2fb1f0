#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/mutex.hpp"
#include "core/result.hpp"
#include "core/value.hpp"

namespace kith {

/// A row of a table: its key and its content. Thread-safety: plain value.
using TableRow = std::pair<Value, Value>;

/// How a table is made. Thread-safety: plain value.
struct TableOptions {
  /// Appears in errors.
  std::string name = "unnamed";
  /// Rows it holds before new ones are refused as `overloaded`.
  std::size_t rows_max = 100'000'000;
};

/// An in-memory table of rows with different keys (ETS: `set`, public). Keys are equal exactly, so
/// 1 and 1.0 are two keys. Each function on one key is atomic; `rows` and `clear` pass through the
/// table part by part, so they may or may not meet a row that is written meanwhile (as in ETS).
/// Source: conformance/ets.jsonl. Thread-safety: all functions may be called from any thread; keys
/// are spread over several locks.
class Table {
 public:
  explicit Table(TableOptions options = {});

  /// Writes the row of `key`, over the old one if there was one. Errors: `invalid_argument` when a
  /// text or bytes key is longer than `limits::key_size_bytes_max`, `overloaded` when it is full.
  Result<void> insert(Value key, Value content);
  /// Writes the row of `key` unless there is one; says whether it did. Errors: as `insert`.
  Result<bool> insert_new(Value key, Value content);
  /// A copy of the content of `key`.
  [[nodiscard]] std::optional<Value> lookup(const Value& key) const;
  /// Whether there is a row of `key`.
  [[nodiscard]] bool member(const Value& key) const;
  /// Removes the row of `key`; says whether there was one.
  bool erase(const Value& key);
  /// Removes the row of `key` and returns its content.
  [[nodiscard]] std::optional<Value> take(const Value& key);
  /// Adds `increment` to the integer in the row of `key` and returns the sum; a missing row is
  /// made from `initial` first. Errors: `not_found` when the row is missing and there is no
  /// `initial`, `invalid_argument` when the content is not an integer or the sum does not fit in
  /// 64 bits (the row stays as it was); those of `insert`.
  Result<std::int64_t> update_counter(const Value& key, std::int64_t increment,
                                      std::optional<std::int64_t> initial = std::nullopt);
  /// Removes all rows.
  void clear();

  /// Number of rows.
  [[nodiscard]] std::size_t size() const { return size_.load(std::memory_order_relaxed); }
  /// Copies of all rows in the order of their keys.
  [[nodiscard]] std::vector<TableRow> rows() const;
  /// All keys, in order.
  [[nodiscard]] std::vector<Value> keys() const;
  /// Calls `visit` for a copy of each row in the order of keys; no lock is held, so it may use the
  /// table.
  void for_each(const std::function<void(const Value& key, const Value& content)>& visit) const;

  [[nodiscard]] const std::string& name() const { return options_.name; }

 private:
  using Rows = std::map<Value, Value>;
  struct Shard {
    mutable Mutex mutex;
    Rows rows KITH_GUARDED_BY(mutex);
  };
  const Shard& shard_of(const Value& key) const;
  Shard& shard_of(const Value& key);
  [[nodiscard]] Result<void> acceptable(const Value& key) const;
  Result<void> reserve_row();

  TableOptions options_;
  std::atomic<std::size_t> size_{0};
  std::array<Shard, 16> shards_;
};

}  // namespace kith
