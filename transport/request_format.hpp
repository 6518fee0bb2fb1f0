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

/// First byte of what an app sends; then 8 bytes number of the request, big-endian, and it.
inline constexpr std::byte request_mark{'R'};
/// First byte of what a node answers: then the same number and the answer.
inline constexpr std::byte reply_mark{'A'};
/// Bytes of the number of a request.
inline constexpr std::size_t request_number_bytes = 8;
/// Bytes before a request or an answer.
inline constexpr std::size_t request_prefix_bytes = 1 + request_number_bytes;

/// What came from an app, taken apart. Refers to the parts.
struct RequestEnvelope {
  std::uint64_t number = 0;  ///< 0 when it cannot be read
  bool delimited = false;    ///< an empty part came first, as REQ sockets send it and want it back
  BytesView body;
  std::optional<Error> problem;  ///< why it is no request: what is wrong and what is right
};

/// Takes apart what came behind the routing id. `size_bytes` is what all parts had, which may have
/// been cut. Pure.
[[nodiscard]] RequestEnvelope read_request(std::span<const Bytes> parts, std::size_t size_bytes);

/// Where an answer goes: the connection, whether it wants a delimiter, the number.
struct ReplyAddress {
  std::string_view connection;
  bool delimited = false;
  BytesView number;
};

/// The client id of a request: the delimiter's mark, the routing id, and last the 8 bytes of the
/// number, so that what stands before them is the same for all requests of one connection.
[[nodiscard]] ClientId make_client_id(BytesView routing_id, const RequestEnvelope& request);
/// The parts of such an id; null when it is not one.
[[nodiscard]] std::optional<ReplyAddress> read_client_id(const ClientId& client);

}  // namespace kith::transport
