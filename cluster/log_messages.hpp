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

/// What members say to each other about their logs; all on the `state` stream.
namespace kith::cluster {

/// How new the sender's copy of one log is.
struct OwnerDigest {
  std::string owner;
  LogVersion version;
  std::uint64_t hash = 0;
  KITH_FIELDS(owner, version, hash)
};

/// "This is what I have": the receiver sends what is missing, and its own digest when asked to.
struct LogDigest {
  std::vector<OwnerDigest> owners;
  bool wants_answer = false;
  KITH_WIRE("log.digest", owners, wants_answer)
};

/// One change of the sender's own log; no content: the entry is gone.
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

/// A piece of all that one owner has published; it counts once all pieces are there.
struct LogSnapshot {
  std::string owner;
  LogVersion version;
  std::uint32_t part = 0;
  std::uint32_t parts = 1;
  std::vector<LogRecord> records;
  KITH_WIRE("log.snapshot", owner, version, part, parts, records)
};

/// Everything dissemination sends and receives.
using DisseminationMessage = std::variant<LogDigest, LogDelta, LogSnapshot>;
/// Everything that travels on `control` and `state`.
using ClusterMessage = std::variant<MembershipMessage, DisseminationMessage>;

/// The bytes of a message. Thread-safety: any thread.
[[nodiscard]] Bytes encode(const DisseminationMessage& message, const WireFormat& format);
/// The message of bytes from outside, checked. Errors: `decode`.
[[nodiscard]] Result<DisseminationMessage> decode_dissemination(BytesView bytes,
                                                                const WireFormat& format);
/// The message of either kind, by its name. Errors: `decode`.
[[nodiscard]] Result<ClusterMessage> decode_cluster_message(BytesView bytes,
                                                            const WireFormat& format);

/// Collects the pieces of one snapshot. Thread-safety: none; plain value.
class SnapshotAssembly {
 public:
  /// Takes a piece; a piece of a newer version begins anew, of an older one is passed over. The
  /// whole log once complete.
  std::optional<OwnerLog> add(const LogSnapshot& piece);

 private:
  LogVersion version_;
  std::uint32_t parts_ = 0;
  std::map<std::uint32_t, std::vector<LogRecord>> pieces_;
};

}  // namespace kith::cluster
