// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/bytes.hpp"
#include "core/limits.hpp"
#include "core/node_id.hpp"
#include "core/result.hpp"
#include "transport/transport.hpp"

namespace kith::transport {

/// The header of a frame. A *session* is one unbroken stream of frames on one channel from one boot
/// to one address; a later session has a greater number. Within a session the sequence is 1, 2, 3
/// ... Source: docs/cluster-protocol.md#sessions-and-sequence.
struct FrameHeader {
  std::uint8_t version = 1;
  Channel channel = Channel::app;
  std::uint64_t session = 0;
  std::uint64_t given_up = 0;  ///< app: the sender refuses sessions of the receiver up to this one
  std::uint64_t epoch = 0;     ///< of the view; always 0, as there are no views
  std::uint64_t sequence = 0;
  NodeId sender;
  std::string cluster;
  Address sender_address;

  friend bool operator==(const FrameHeader&, const FrameHeader&) = default;
};

/// A decoded frame; its messages are views into the bytes that were decoded.
struct Frame {
  FrameHeader header;
  std::vector<BytesView> messages;
};

/// The first byte of each frame; distinguishes it from a request.
inline constexpr std::byte frame_mark{'K'};
/// The version of the layout that this build writes and reads.
inline constexpr std::uint8_t frame_version = 1;
/// Largest size of a frame: one message of the largest size after the largest header.
inline constexpr std::size_t frame_bytes_max = limits::frame_size_bytes_max + 1024;
/// Size of the length before each message.
inline constexpr std::size_t message_prefix_bytes = 4;

/// Encodes a frame without messages. Cluster, name and address are cut at 255 bytes.
/// Layout: 'K', version, channel, 0; session, given_up, epoch, sequence, boot (8 bytes each,
/// big-endian); cluster, name, address (length byte, text); messages (4 bytes length, bytes).
[[nodiscard]] Bytes begin_frame(const FrameHeader& header);
/// Appends a message to a frame.
void append_message(Bytes& frame, BytesView message);
/// Encodes a frame with these messages.
[[nodiscard]] Bytes encode_frame(const FrameHeader& header, std::span<const Bytes> messages);
/// Decodes a frame; the result refers to `bytes`. Error: `decode`; the text names the wrong field.
[[nodiscard]] Result<Frame> decode_frame(BytesView bytes);

}  // namespace kith::transport
