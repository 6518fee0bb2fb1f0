// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "core/bytes.hpp"
#include "core/error.hpp"
#include "transport/transport.hpp"

/// The envelope of requests and answers: docs/protocol.md, "Envelope".
namespace kith::transport {

/// First byte of a request; then its number (8 bytes, big-endian) and its body.
inline constexpr std::byte request_mark{'R'};
/// First byte of an answer; then the number of the request and the body.
inline constexpr std::byte reply_mark{'A'};
/// Size of the number of a request.
inline constexpr std::size_t request_number_bytes = 8;
/// Size of the prefix of a request or an answer.
inline constexpr std::size_t request_prefix_bytes = 1 + request_number_bytes;

/// A parsed message of an app; refers to the parts of the message.
struct RequestEnvelope {
  std::uint64_t number = 0;  ///< 0 if it cannot be read
  bool delimited = false;    ///< starts with an empty part, as REQ sockets send and expect it
  BytesView body;
  std::optional<Error> problem;  ///< why it is not a request, and what a request looks like
};

/// Parses the parts after the routing id. `size_bytes` is the size of all parts as sent, since
/// `parts` may be cut. Pure.
[[nodiscard]] RequestEnvelope read_request(std::span<const Bytes> parts, std::size_t size_bytes);

/// The destination of an answer: the connection, whether it expects a delimiter, the number.
struct ReplyAddress {
  std::string_view connection;
  bool delimited = false;
  BytesView number;
};

/// Returns the client id of a request: the delimiter's mark, the routing id, and last the 8 bytes
/// of the number, so that the bytes before these are the same for all requests of one connection.
[[nodiscard]] ClientId make_client_id(BytesView routing_id, const RequestEnvelope& request);
/// Parses such an id; nullopt if it is not one.
[[nodiscard]] std::optional<ReplyAddress> read_client_id(const ClientId& client);

}  // namespace kith::transport
