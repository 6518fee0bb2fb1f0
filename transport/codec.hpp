#pragma once

#include <functional>

#include "core/bytes.hpp"
#include "core/result.hpp"
#include "core/value.hpp"
#include "core/wire.hpp"
#include "core/wire_types.hpp"

namespace kith::transport {

/// kith's wire format: MessagePack. Texts, bytes, numbers, arrays and maps are MessagePack's own;
/// a pid is extension type 1 (16 bytes: boot, index, generation) and a reference extension type 2
/// (16 bytes: boot, id), both big-endian. Encoding knows no limit. Decoding refuses more than
/// `limits::frame_size_bytes_max` bytes, `decode_depth_max` levels, `decode_elements_max` elements
/// and bytes left over; memory it takes is in proportion to the input. The error says where:
/// "expected text, found integer at 'request.names[2]'". Thread-safety: stateless.
///
///     const Bytes bytes = transport::encode_message(Ping{.number = 1});
///     Result<Ping> ping = transport::decode_message<Ping>(bytes);
class MessagePack final : public WireFormat {
 public:
  [[nodiscard]] Bytes encode(const std::function<void(WireWriter&)>& write) const override;
  [[nodiscard]] Result<void> decode(BytesView bytes,
                                    const std::function<void(WireReader&)>& read) const override;
};

/// The bytes of a dynamic term.
[[nodiscard]] Bytes encode_value(const Value& value);
/// The dynamic term of these bytes. Errors: as `MessagePack::decode`.
[[nodiscard]] Result<Value> decode_value(BytesView bytes);

/// The bytes of anything that `wire_write` accepts.
template <typename Message>
[[nodiscard]] Bytes encode_message(const Message& message) {
  return MessagePack().encode([&](WireWriter& writer) { wire_write(writer, message); });
}

/// The message of these bytes. Errors: as `MessagePack::decode`, and those of its fields by name.
template <typename Message>
[[nodiscard]] Result<Message> decode_message(BytesView bytes) {
  Result<Message> message = Message{};
  const Result<void> read =
      MessagePack().decode(bytes, [&](WireReader& reader) { wire_read(reader, *message); });
  if (!read) return read.error();
  return message;
}

}  // namespace kith::transport
