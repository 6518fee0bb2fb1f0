// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "core/clock.hpp"
#include "core/flat_set.hpp"
#include "core/shared_lock.hpp"
#include "core/timer_wheel.hpp"
#include "table/row_change.hpp"
#include "table/table_hash.hpp"

namespace kith {

/// Lifetime of a row. 0: unlimited; negative: expired at once. Thread-safety: plain value.
struct RowLife {
  Duration time_to_live{};  ///< since its last write
  Duration idle_time{};     ///< since its last read or write
};

/// Limits of a `CacheTable`. Thread-safety: plain value.
struct CacheOptions {
  RowLife life{};  ///< default for rows put without one
  /// Beyond it a new row evicts the least recently used one: of the whole table up to 1024 rows,
  /// otherwise of the new row's part. A higher value takes more memory and hits more often.
  std::size_t rows_max = std::numeric_limits<std::size_t>::max();
};

/// The reason why a row was removed.
enum class Forgotten : std::uint8_t {
  expired,  ///< its time to live ended
  idle,     ///< it was not used for its idle time
  crowded,  ///< the table was full
};

/// Stores rows that expire, or are evicted when the table is full (LRU).
///
///     CacheTable<std::string, int> sessions(system.clock(), {.life = {.idle_time = 20min}});
///     sessions.put("ann", 7);
///
/// A row expires for all readers at the same instant. Its memory is freed when its key is used
/// again; each write also frees up to two other expired rows, found by a timing wheel.
/// Source: Caffeine's expireAfterWrite, expireAfterAccess and maximumSize, without its sampling.
/// Thread-safety: all functions from any thread; keys are spread over parts with a lock each.
template <typename K, typename V>
class CacheTable {
 public:
  using Key = table::LookupKey<K>;
  /// Called for each expired or evicted row, without a lock. May use the table, and may throw.
  using Listener = std::function<void(const K&, const V&, Forgotten)>;

  /// The clock must outlive the table.
  explicit CacheTable(const Clock& clock, CacheOptions options = {}, Listener listener = {})
      : clock_(clock), options_(options), listener_(std::move(listener)) {
    std::size_t count = 1;
    while (count < parts_max && options_.rows_max / (count * 2) >= part_rows_min) count *= 2;
    parts_.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
      parts_.push_back(std::make_unique<Part>(clock_.now()));
      parts_.back()->rows_max = options_.rows_max / count + (i < options_.rows_max % count ? 1 : 0);
    }
  }

  /// Inserts or overwrites the row of `key`; restarts its lifetime.
  void put(K key, V value) { put(std::move(key), std::move(value), options_.life); }
  void put(K key, V value, RowLife life) {
    const std::uint64_t hash = Hash()(key);
    change(hash, [&](Part& part, TimePoint now, Gone& gone) {
      reclaim(part, now, rows_reclaimed_with_each, gone);
      Row* row = live(part, key, hash, now, gone);
      if (row == nullptr) {
        if (part.rows_max == 0) return;
        if (part.order.size() >= part.rows_max) make_room(part, now, gone);
        part.order.emplace_front(std::move(key), std::move(value), hash);
        part.order.front().place = part.order.begin();
        row = &part.order.front();
        part.index.insert(row, hash);
      } else {
        row->value = std::move(value);
        part.order.splice(part.order.begin(), part.order, row->place);
      }
      row->idle_time = life.idle_time;
      row->used = now;
      row->expires = after(now, life.time_to_live);
      arm(part, *row);
    });
  }

  /// Returns a copy of the value of `key`, if any. Counts as a use of the row.
  [[nodiscard]] std::optional<V> get(const Key& key) {
    std::optional<V> copy;
    use(key, [&](V& value) { copy.emplace(value); });
    return copy;
  }
  /// Calls `f(value)`, which may modify it, under the lock of its part; false if there is no row.
  /// Counts as a use of the row. `f` must be short and must not use the table. An exception leaves
  /// the value unchanged: see `Table::update`.
  template <typename F>
  bool use(const Key& key, F f) {
    const std::uint64_t hash = Hash()(key);
    bool found = false;
    change(hash, [&](Part& part, TimePoint now, Gone& gone) {
      Row* const row = live(part, key, hash, now, gone);
      found = row != nullptr;
      if (!found) return;
      row->used = now;
      part.order.splice(part.order.begin(), part.order, row->place);
      table::change_row(row->value, f);
    });
    return found;
  }
  /// Returns the time left; nullopt: no row, `Duration::max()`: unlimited. Does not count as a use.
  [[nodiscard]] std::optional<Duration> remaining(const Key& key) const {
    const std::uint64_t hash = Hash()(key);
    Part& part = part_of(hash);
    const std::unique_lock lock(part.lock);
    const TimePoint now = clock_.now();
    const std::size_t at = part.index.find(key, hash);
    if (at == Index::none || ends(*part.index[at]) <= now) return std::nullopt;
    const TimePoint end = ends(*part.index[at]);
    return end == TimePoint::max() ? Duration::max() : end - now;
  }
  /// Removes the row of `key` without calling the listener; true if there was one.
  bool erase(const Key& key) {
    const std::uint64_t hash = Hash()(key);
    bool found = false;
    change(hash, [&](Part& part, TimePoint now, Gone& gone) {
      Row* const row = live(part, key, hash, now, gone);
      found = row != nullptr;
      if (found) remove(part, *row);
    });
    return found;
  }
  void clear() {
    for (auto& part : parts_) {
      const std::unique_lock lock(part->lock);
      part->index.clear();
      part->order.clear();
      part->wheel = Wheel(clock_.now());
    }
  }

  /// Frees up to `at_most` expired rows per part, as writes do; returns their number.
  std::size_t reclaim(std::size_t at_most = std::numeric_limits<std::size_t>::max()) {
    std::size_t total = 0;
    for (auto& part : parts_) {
      Gone gone;
      {
        const std::unique_lock lock(part->lock);
        const std::size_t before = part->order.size();
        reclaim(*part, clock_.now(), at_most, gone);
        total += before - part->order.size();
      }
      tell(gone);
    }
    return total;
  }
  /// Returns the number of rows, including expired ones that are not freed yet.
  [[nodiscard]] std::size_t size() const {
    std::size_t total = 0;
    for (const auto& part : parts_) {
      const std::unique_lock lock(part->lock);
      total += part->order.size();
    }
    return total;
  }

 private:
  static constexpr std::size_t parts_max = 64;
  static constexpr std::size_t part_rows_min = 1024;  // LRU is per part: fewer make it inexact
  static constexpr std::size_t rows_reclaimed_with_each = 2;  // more than a put can add
  static constexpr std::size_t rows_reclaimed_when_full = 16;
  using Hash = table::TableHash<K>;

  struct Row {
    Row(K k, V v, std::uint64_t h) : key(std::move(k)), value(std::move(v)), hash(h) {}
    K key;
    V value;
    std::uint64_t hash;
    typename std::list<Row>::iterator place;
    TimePoint used;
    TimePoint expires;  ///< by its time to live
    Duration idle_time{};
    detail::TimerId timer = 0;
  };
  struct KeyOfRow {
    const K& operator()(const Row* row) const { return row->key; }
  };
  using Index = FlatSet<Row*, KeyOfRow, Hash>;
  using Wheel = detail::TimerWheel<Row*>;
  struct alignas(64) Part {
    explicit Part(TimePoint now) : wheel(now) {}
    mutable SharedLock lock;
    Index index;
    std::list<Row> order;  ///< most recently used first
    Wheel wheel;           ///< each row that expires, armed for its end or earlier
    std::size_t rows_max = 0;
  };
  struct GoneRow {
    K key;
    V value;
    Forgotten why;
  };
  using Gone = std::vector<GoneRow>;

  static TimePoint after(TimePoint from, Duration length) {
    if (length == Duration::zero()) return TimePoint::max();
    return length < Duration::zero() ? from : deadline_after(from, length);
  }
  static TimePoint ends(const Row& row) {
    return std::min(row.expires, after(row.used, row.idle_time));
  }
  [[nodiscard]] Part& part_of(std::uint64_t hash) const { return *parts_[hash % parts_.size()]; }

  template <typename F>
  void change(std::uint64_t hash, F f) {
    Gone gone;
    {
      Part& part = part_of(hash);
      const std::unique_lock lock(part.lock);
      f(part, clock_.now(), gone);
    }
    tell(gone);
  }
  void tell(const Gone& gone, std::size_t from = 0) const {
    for (std::size_t i = from; i < gone.size(); ++i) {
      try {
        if (listener_) listener_(gone[i].key, gone[i].value, gone[i].why);
      } catch (...) {
        tell(gone, i + 1);  // the listener gets each row once, also if it throws
        throw;
      }
    }
  }
  /// Returns the row of a key, or null; removes it if it has expired.
  Row* live(Part& part, const Key& key, std::uint64_t hash, TimePoint now, Gone& gone) {
    const std::size_t at = part.index.find(key, hash);
    if (at == Index::none) return nullptr;
    Row& row = *part.index[at];
    if (ends(row) > now) return &row;
    forget(part, row, gone, over(row));
    return nullptr;
  }
  static Forgotten over(const Row& row) {
    return row.expires <= after(row.used, row.idle_time) ? Forgotten::expired : Forgotten::idle;
  }
  /// Arms the row's timer, unless it is due earlier: `reclaim` re-arms such a timer when it is due.
  /// So a use, which only moves the row's end back, need not touch the wheel.
  void arm(Part& part, Row& row) {
    const TimePoint end = ends(row);
    const auto armed = part.wheel.deadline_of(row.timer);
    if (armed && *armed <= end) return;
    if (armed) part.wheel.cancel(row.timer);
    if (end != TimePoint::max()) row.timer = part.wheel.arm(end, &row);
  }
  void reclaim(Part& part, TimePoint now, std::size_t at_most, Gone& gone) {
    for (Row* const row : part.wheel.advance(now, at_most)) {
      if (ends(*row) <= now)
        forget(part, *row, gone, over(*row));
      else
        arm(part, *row);
    }
  }
  /// Removes expired rows first; if there is none, evicts the least recently used row.
  void make_room(Part& part, TimePoint now, Gone& gone) {
    while (part.order.size() >= part.rows_max) {
      const auto due = part.wheel.next_deadline();
      if (!due || *due > now) break;
      reclaim(part, now, rows_reclaimed_when_full, gone);
    }
    if (part.order.size() < part.rows_max) return;
    Row& last = part.order.back();
    forget(part, last, gone, ends(last) <= now ? over(last) : Forgotten::crowded);
  }
  void forget(Part& part, Row& row, Gone& gone, Forgotten why) {
    if (listener_) gone.push_back({row.key, std::move(row.value), why});
    remove(part, row);
  }
  void remove(Part& part, Row& row) {
    part.wheel.cancel(row.timer);
    part.index.erase(part.index.find(row.key, row.hash));
    part.order.erase(row.place);
  }

  const Clock& clock_;
  CacheOptions options_;
  Listener listener_;
  std::vector<std::unique_ptr<Part>> parts_;
};

}  // namespace kith
