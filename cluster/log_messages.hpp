// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "cluster/messages.hpp"
#include "cluster/owner_log.hpp"
#include "core/bytes.hpp"
#include "core/result.hpp"
#include "core/wire.hpp"
#include "core/wire_types.hpp"

/// Messages between members about their logs; all on the `state` channel.
namespace kith::cluster {

/// Version of the sender's copy of one log.
struct OwnerDigest {
  std::string owner;
  LogVersion version;
  std::uint64_t hash = 0;
  KITH_FIELDS(owner, version, hash)
};

/// Versions of the sender's logs: the receiver sends newer ones, and its own digest if wanted.
struct LogDigest {
  std::vector<OwnerDigest> owners;
  bool wants_answer = false;
  KITH_WIRE("log.digest", owners, wants_answer)
};

/// One change of the sender's own log; nullopt `content`: the entry was deleted.
struct LogChange {
  LogKey key;
  std::uint64_t sequence = 0;
  std::optional<LogContent> content;
  KITH_FIELDS(key, sequence, content)
};

/// The changes of the sender's own log after sequence `base`, up to `version`.
struct LogDelta {
  LogVersion version;
  std::uint64_t base = 0;
  std::vector<LogChange> changes;
  KITH_WIRE("log.delta", version, base, changes)
};

/// An entry with its key.
struct LogRecord {
  LogKey key;
  LogEntry entry;
  KITH_FIELDS(key, entry)
};

/// One part of the whole log of an owner; takes effect once all parts have arrived.
struct LogSnapshot {
  std::string owner;
  LogVersion version;
  std::uint32_t part = 0;
  std::uint32_t parts = 1;
  std::vector<LogRecord> records;
  KITH_WIRE("log.snapshot", owner, version, part, parts, records)
};

/// All messages of dissemination.
using DisseminationMessage = std::variant<LogDigest, LogDelta, LogSnapshot>;
/// All messages on `control` and `state`.
using ClusterMessage = std::variant<MembershipMessage, DisseminationMessage>;

/// Encodes a message. Thread-safety: any thread.
[[nodiscard]] Bytes encode(const DisseminationMessage& message, const WireFormat& format);
/// Decodes and validates an untrusted message. Error: `decode`.
[[nodiscard]] Result<DisseminationMessage> decode_dissemination(BytesView bytes,
                                                                const WireFormat& format);
/// Decodes and validates a message of either kind, by its name. Error: `decode`.
[[nodiscard]] Result<ClusterMessage> decode_cluster_message(BytesView bytes,
                                                            const WireFormat& format);

/// Assembles the parts of one snapshot. Thread-safety: none; plain value.
class SnapshotAssembly {
 public:
  /// Adds a part and returns the whole log once complete. A part of a newer version discards the
  /// parts so far; a part of an older version is ignored.
  std::optional<OwnerLog> add(const LogSnapshot& piece);

 private:
  LogVersion version_;
  std::uint32_t parts_ = 0;
  std::map<std::uint32_t, std::vector<LogRecord>> pieces_;
};

}  // namespace kith::cluster
