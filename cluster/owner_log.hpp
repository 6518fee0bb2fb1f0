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

/// What an entry is about: a scope (e.g. "names") and a key within it.
struct LogKey {
  std::string scope;
  std::string key;
  friend bool operator==(const LogKey&, const LogKey&) = default;
  friend std::strong_ordering operator<=>(const LogKey&, const LogKey&) = default;
  KITH_FIELDS(scope, key)
};

/// What an entry says. Dissemination does not look into `value`.
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

/// How new a log is: the later start of the owner, then the boot, then the number of changes.
struct LogVersion {
  std::int64_t started = 0;
  BootId boot = 0;
  std::uint64_t sequence = 0;
  friend bool operator==(const LogVersion&, const LogVersion&) = default;
  friend std::strong_ordering operator<=>(const LogVersion&, const LogVersion&) = default;
  KITH_FIELDS(started, boot, sequence)
};

/// Everything one node has published. Thread-safety: plain value.
struct OwnerLog {
  LogVersion version;
  std::map<LogKey, LogEntry> entries;
  std::uint64_t hash = 0;  ///< of all entries, whatever their order

  friend bool operator==(const OwnerLog&, const OwnerLog&) = default;

  /// Puts an entry in; gives the one that it replaces.
  std::optional<LogEntry> put(const LogKey& key, LogEntry entry);
  /// Takes an entry out and gives it.
  std::optional<LogEntry> erase(const LogKey& key);
};

/// A rough upper bound of the size of an entry on the wire, for splitting messages.
[[nodiscard]] std::size_t wire_size_estimate(const LogKey& key, const LogContent& content);

}  // namespace kith::cluster
