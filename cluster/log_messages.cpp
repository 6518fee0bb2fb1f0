// SPDX-License-Identifier: Apache-2.0
#include "cluster/log_messages.hpp"

#include <algorithm>
#include <utility>

#include "cluster/message_codec.hpp"
#include "core/limits.hpp"

namespace kith::cluster {
namespace {

/// Bounds the parts of a snapshot from another node: 65,536 parts of 256 KiB exceed any log.
constexpr std::uint32_t parts_max = 65'536;

bool is_good(const LogKey& key) {
  return key.scope.size() <= limits::name_size_bytes_max &&
         key.key.size() <= limits::key_size_bytes_max;
}

/// Validates what the wire format cannot: key sizes, ascending sequences, part numbers.
struct Judge {
  bool operator()(const LogDigest&) const { return true; }
  bool operator()(const LogDelta& m) const {
    std::uint64_t last = m.base;
    for (const LogChange& change : m.changes) {
      if (!is_good(change.key) || change.sequence <= last) return false;
      last = change.sequence;
    }
    return last <= m.version.sequence;
  }
  bool operator()(const LogSnapshot& m) const {
    return m.parts >= 1 && m.parts <= parts_max && m.part < m.parts &&
           std::all_of(
               m.records.begin(), m.records.end(),
               [](const LogRecord& record) { return is_good(record.key); });
  }
};

}  // namespace

Bytes encode(const DisseminationMessage& message, const WireFormat& format) {
  return encode_variant(message, format);
}

Result<DisseminationMessage> decode_dissemination(BytesView bytes, const WireFormat& format) {
  auto message = decode_variant<DisseminationMessage>(bytes, format);
  if (message && !std::visit(Judge{}, *message)) {
    return {ErrorCode::decode, "a message about logs has bad keys, sequences or parts"};
  }
  return message;
}

Result<ClusterMessage> decode_cluster_message(BytesView bytes, const WireFormat& format) {
  std::string name;
  // Reads only the name here; the decoder of that kind reads the fields.
  const auto peeked = format.decode(bytes, [&](WireReader& reader) {
    const std::size_t elements = reader.begin_array();
    if (elements != 2) return reader.fail("a message is a name and its fields");
    name = reader.text();
    reader.skip();
  });
  if (!peeked) return peeked.error();
  if (name.starts_with("log.")) {
    auto message = decode_dissemination(bytes, format);
    if (!message) return message.error();
    return ClusterMessage{std::move(*message)};
  }
  auto message = decode_membership(bytes, format);
  if (!message) return message.error();
  return ClusterMessage{std::move(*message)};
}

std::optional<OwnerLog> SnapshotAssembly::add(const LogSnapshot& piece) {
  if (piece.version < version_) return std::nullopt;
  if (piece.version > version_ || piece.parts != parts_) {
    version_ = piece.version;
    parts_ = piece.parts;
    pieces_.clear();
  }
  pieces_[piece.part] = piece.records;
  if (pieces_.size() < parts_) return std::nullopt;
  OwnerLog log;
  log.version = version_;
  for (auto& [part, records] : pieces_) {
    for (LogRecord& record : records) log.put(record.key, std::move(record.entry));
  }
  pieces_.clear();
  parts_ = 0;
  return log;
}

}  // namespace kith::cluster
