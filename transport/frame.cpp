// SPDX-License-Identifier: Apache-2.0
#include "transport/frame.hpp"

#include <string_view>
#include <utility>

#include "transport/internal/big_endian.hpp"

namespace kith::transport {

namespace {

using internal::append_big_endian;
using internal::read_big_endian;

constexpr std::size_t text_size_bytes_max = 255;

void append_text(Bytes& frame, std::string_view text) {
  const BytesView bytes = as_bytes(text.substr(0, text_size_bytes_max));
  frame.push_back(static_cast<std::byte>(bytes.size()));
  frame.insert(frame.end(), bytes.begin(), bytes.end());
}

Error malformed(std::string_view what) {
  return {ErrorCode::decode, "malformed frame: " + std::string(what)};
}

/// Takes parts from the front of a frame; after the first missing part all later ones are empty, so
/// that the caller checks once.
class Parts {
 public:
  explicit Parts(BytesView bytes) : left_(bytes) {}

  BytesView take(std::size_t size) {
    if (size > left_.size()) {
      complete_ = false;
      left_ = {};
      return {};
    }
    const BytesView part = left_.first(size);
    left_ = left_.subspan(size);
    return part;
  }
  template <typename T>
  T number() {
    const BytesView part = take(sizeof(T));
    return part.empty() ? T{0} : read_big_endian<T>(part);
  }
  std::string text() { return std::string(as_text(take(number<std::uint8_t>()))); }
  [[nodiscard]] bool complete() const { return complete_; }
  [[nodiscard]] bool empty() const { return left_.empty(); }

 private:
  BytesView left_;
  bool complete_ = true;
};

Result<FrameHeader> read_header(Parts& parts) {
  FrameHeader header;
  if (parts.number<std::uint8_t>() != std::to_integer<std::uint8_t>(frame_mark)) {
    return malformed("it does not begin with the mark of a frame");
  }
  header.version = parts.number<std::uint8_t>();
  if (header.version != frame_version) {
    return malformed("version " + std::to_string(header.version) + " is not known");
  }
  const auto channel = parts.number<std::uint8_t>();
  if (channel > std::to_underlying(Channel::bulk)) {
    return malformed("channel " + std::to_string(channel) + " is not known");
  }
  header.channel = static_cast<Channel>(channel);
  if (parts.number<std::uint8_t>() != 0) return malformed("the reserved byte is not zero");
  header.session = parts.number<std::uint64_t>();
  header.given_up = parts.number<std::uint64_t>();
  header.epoch = parts.number<std::uint64_t>();
  header.sequence = parts.number<std::uint64_t>();
  header.sender.boot = parts.number<std::uint64_t>();
  header.cluster = parts.text();
  header.sender.name = parts.text();
  header.sender_address = parts.text();
  if (!parts.complete()) return malformed("the header is cut off");
  if (header.sender.name.empty()) return malformed("the sender has no name");
  if (header.sender.boot == 0) return malformed("the sender has no boot id");
  if (header.sequence == 0 || header.session == 0) return malformed("sequence or session is zero");
  return header;
}

}  // namespace

Bytes begin_frame(const FrameHeader& header) {
  Bytes frame;
  frame.reserve(64 + header.cluster.size() + header.sender.name.size() +
                header.sender_address.size());
  frame.push_back(frame_mark);
  frame.push_back(static_cast<std::byte>(header.version));
  frame.push_back(static_cast<std::byte>(std::to_underlying(header.channel)));
  frame.push_back(std::byte{0});
  append_big_endian(frame, header.session);
  append_big_endian(frame, header.given_up);
  append_big_endian(frame, header.epoch);
  append_big_endian(frame, header.sequence);
  append_big_endian(frame, header.sender.boot);
  append_text(frame, header.cluster);
  append_text(frame, header.sender.name);
  append_text(frame, header.sender_address);
  return frame;
}

void append_message(Bytes& frame, BytesView message) {
  append_big_endian(frame, static_cast<std::uint32_t>(message.size()));
  frame.insert(frame.end(), message.begin(), message.end());
}

Bytes encode_frame(const FrameHeader& header, std::span<const Bytes> messages) {
  Bytes frame = begin_frame(header);
  for (const Bytes& message : messages) append_message(frame, message);
  return frame;
}

Result<Frame> decode_frame(BytesView bytes) {
  if (bytes.size() > frame_bytes_max) return malformed("it is too large");
  Parts parts(bytes);
  Result<FrameHeader> header = read_header(parts);
  if (!header) return header.error();
  Frame frame{.header = *std::move(header), .messages = {}};
  while (!parts.empty()) {
    const auto size = parts.number<std::uint32_t>();
    if (size > limits::frame_size_bytes_max) return malformed("a message is too large");
    frame.messages.push_back(parts.take(size));
    if (!parts.complete()) return malformed("a message is cut off");
  }
  return frame;
}

}  // namespace kith::transport
