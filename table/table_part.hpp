// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/flat_set.hpp"
#include "core/read_biased_lock.hpp"
#include "core/value.hpp"
#include "table/table_hash.hpp"
#include "table/table_snapshot.hpp"
#include "table/table_watch.hpp"

namespace kith {

/// Describes a change of a row of a `Table`. Thread-safety: plain value.
template <typename K, typename V>
struct TableChange {
  RowEvent event = RowEvent::written;
  /// As written, or as it was before it was erased; nullopt for `cleared` and `ended`.
  std::optional<std::pair<K, V>> row;
};

namespace table {

/// Returns the value as an integer; nullopt if it is not one or does not fit.
template <typename V>
std::optional<std::int64_t> integer_in(const V& value) {
  if constexpr (std::is_same_v<V, Value>) {
    const auto* const number = value.template get_if<std::int64_t>();
    return number == nullptr ? std::nullopt : std::optional(*number);
  } else {
    return std::in_range<std::int64_t>(value) ? std::optional(static_cast<std::int64_t>(value))
                                              : std::nullopt;
  }
}

/// Value types that may be counters.
template <typename V>
concept CounterValue = std::is_same_v<V, Value> || (std::integral<V> && !std::is_same_v<V, bool>);

/// Returns whether a sum fits in the value type.
template <typename V>
bool fits(std::int64_t sum) {
  if constexpr (std::integral<V>)
    return std::in_range<V>(sum);
  else
    return true;
}

/// One part of a `Table`: rows, snapshots, and the lock that guards both. Aligned so that an access
/// reads one cache line before it reaches the row.
template <typename K, typename V, typename Hash>
struct alignas(64) TablePart {
  using Row = std::pair<K, V>;
  using Items = FlatSet<Row, FirstOfPair, Hash>;
  /// Rows that cannot be copied have no snapshots and no watches.
  static constexpr bool can_copy = std::copy_constructible<K> && std::copy_constructible<V>;

  mutable ReadBiasedLock lock;
  mutable PartImages<Row> images;
  Items items;

  [[nodiscard]] std::vector<Row> rows() const { return {items.begin(), items.end()}; }
  /// Must be called before each change: serves the snapshots.
  void keep_image() {
    if constexpr (can_copy) images.keep([this] { return rows(); });
  }
};

}  // namespace table
}  // namespace kith
