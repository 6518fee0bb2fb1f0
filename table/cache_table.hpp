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

/// How long a row lives. Zero: for ever; below zero: not at all. Thread-safety: plain value.
struct RowLife {
  Duration time_to_live{};  ///< from its writing on
  Duration idle_time{};     ///< from its last reading or writing on
};

/// How a `CacheTable` forgets. Thread-safety: plain value.
struct CacheOptions {
  RowLife life{};  ///< of rows that are put without one
  /// Rows it holds; for a new one beyond it the row goes that was not used for longest: of all up
  /// to 1024, above of the part of the table that the new one is in.
  std::size_t rows_max = std::numeric_limits<std::size_t>::max();
};

/// Why a row was forgotten.
enum class Forgotten : std::uint8_t {
  expired,  ///< its time to live is over
  idle,     ///< nobody has used it
  crowded,  ///< the table is full
};

/// A table that forgets: rows live for a time, or as long as they are used, or until there are too
/// many. A row whose time is over is gone at that instant for all who look; its memory comes back
/// when its key is used again, and with each writing for a few rows more, by a timing wheel.
/// Source: Caffeine's expireAfterWrite, expireAfterAccess and maximumSize, without its sampling.
/// Thread-safety: all functions from any thread; keys are spread over parts, each with a lock.
///
///     CacheTable<std::string, Session> sessions(clock, {.life = {.idle_time = 20min}});
template <typename K, typename V>
class CacheTable {
 public:
  using Key = table::LookupKey<K>;
  /// Told of each row that was forgotten, after its lock was released; it may use the table. What
  /// it throws comes out of the function that has forgotten the row.
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

  /// Writes the row of `key`, over the old one if there was one; its life begins anew.
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

  /// A copy of what the key has; that is a use of the row.
  [[nodiscard]] std::optional<V> get(const Key& key) {
    std::optional<V> copy;
    use(key, [&](V& value) { copy.emplace(value); });
    return copy;
  }
  /// Calls `f(value)`, which may change it, while nobody else can see the row; false when there is
  /// none. That is a use of the row. `f` must be short and must not use the table. What it throws
  /// comes out here and leaves the value as it was: see `Table::update`.
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
  /// How long the row would live if nobody used it; nothing when there is none, `Duration::max()`
  /// for ever. That is no use of the row.
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
  /// Removes the row of `key`; says whether there was one. Its listener is not told.
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

  /// Gives back the memory of at most so many rows whose time is over, in each part; how many there
  /// were. Writing does it too: this is for tables that nobody writes to.
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
  /// Number of rows, with those whose time is over but whose memory is not back.
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
  static constexpr std::size_t part_rows_min = 1024;
  static constexpr std::size_t rows_reclaimed_with_each = 2;
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
    std::list<Row> order;  ///< the last used one first
    Wheel wheel;           ///< each row with an end, at that end or before it
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
        tell(gone, i + 1);  // each row is told once, whatever happens
        throw;
      }
    }
  }
  /// The row of a key; one whose time is over is forgotten.
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
  /// A timer that is due before the row's end finds that out then.
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
  /// First those whose time is over; of the others the one that was not used for longest.
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
