// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "core/bytes.hpp"
#include "core/result.hpp"
#include "core/value.hpp"
#include "core/wire.hpp"
#include "core/wire_types.hpp"

namespace kith::transport {

/// Encodes and decodes kith's wire format, MessagePack. Strings, bytes, numbers, arrays and maps
/// are those of MessagePack; a pid is extension type 1 (16 bytes: boot, index, generation) and a
/// reference extension type 2 (16 bytes: boot, id), both big-endian. Encoding has no limits.
/// Decoding refuses more than `limits::frame_size_bytes_max` bytes, `decode_depth_max` levels and
/// `decode_elements_max` elements, and bytes left over; its memory is proportional to the input.
/// Errors have the position: "expected text, found integer at 'request.names[2]'".
/// Thread-safety: stateless.
///
///     const Bytes bytes = transport::encode_message(Ping{.number = 1});
///     Result<Ping> ping = transport::decode_message<Ping>(bytes);
class MessagePack final : public WireFormat {
 public:
  [[nodiscard]] Bytes encode(const std::function<void(WireWriter&)>& write) const override;
  [[nodiscard]] Result<void> decode(BytesView bytes,
                                    const std::function<void(WireReader&)>& read) const override;
};

/// Encodes a dynamic term.
[[nodiscard]] Bytes encode_value(const Value& value);
/// Decodes a dynamic term. Errors: as `MessagePack::decode`.
[[nodiscard]] Result<Value> decode_value(BytesView bytes);

/// Encodes a value of any type that has `wire_write`.
template <typename Message>
[[nodiscard]] Bytes encode_message(const Message& message) {
  return MessagePack().encode([&](WireWriter& writer) { wire_write(writer, message); });
}

/// Decodes a message. Errors: as `MessagePack::decode`, and those of its fields by name.
template <typename Message>
[[nodiscard]] Result<Message> decode_message(BytesView bytes) {
  Result<Message> message = Message{};
  const Result<void> read =
      MessagePack().decode(bytes, [&](WireReader& reader) { wire_read(reader, *message); });
  if (!read) return read.error();
  return message;
}

}  // namespace kith::transport
