// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cluster/hlc.hpp"
#include "core/node_id.hpp"
#include "core/value.hpp"
#include "core/wire_types.hpp"

namespace kith::cluster {

/// Key of an entry: a scope (e.g. "names") and a key within it.
struct LogKey {
  std::string scope;
  std::string key;
  friend bool operator==(const LogKey&, const LogKey&) = default;
  friend std::strong_ordering operator<=>(const LogKey&, const LogKey&) = default;
  KITH_FIELDS(scope, key)
};

/// Content of an entry. Dissemination does not interpret it.
struct LogContent {
  Value value;
  std::int64_t priority = 0;
  HybridTime claimed;
  friend bool operator==(const LogContent&, const LogContent&) = default;
  KITH_FIELDS(value, priority, claimed)
};

/// An entry and the sequence number of its last change.
struct LogEntry {
  LogContent content;
  std::uint64_t sequence = 0;
  friend bool operator==(const LogEntry&, const LogEntry&) = default;
  KITH_FIELDS(content, sequence)
};

/// Version of a log, ordered by the owner's start, then its boot id, then the number of changes.
struct LogVersion {
  std::int64_t started = 0;
  BootId boot = 0;
  std::uint64_t sequence = 0;
  friend bool operator==(const LogVersion&, const LogVersion&) = default;
  friend std::strong_ordering operator<=>(const LogVersion&, const LogVersion&) = default;
  KITH_FIELDS(started, boot, sequence)
};

/// All entries that one node has published. Thread-safety: plain value.
struct OwnerLog {
  LogVersion version;
  std::map<LogKey, LogEntry> entries;
  std::uint64_t hash = 0;  ///< XOR over all entries, so independent of their order

  friend bool operator==(const OwnerLog&, const OwnerLog&) = default;

  /// Inserts or replaces an entry; returns the old one, if any.
  std::optional<LogEntry> put(const LogKey& key, LogEntry entry);
  /// Removes an entry and returns it, if any.
  std::optional<LogEntry> erase(const LogKey& key);
};

/// Returns an approximate upper bound of an entry's encoded size, for splitting messages.
[[nodiscard]] std::size_t wire_size_estimate(const LogKey& key, const LogContent& content);

}  // namespace kith::cluster
