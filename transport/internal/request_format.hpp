#pragma once

#include <cstddef>

namespace kith::transport::internal {

/// First byte of what an app sends; then 8 bytes number of the request, big-endian, and it.
inline constexpr std::byte request_mark{'R'};
/// First byte of what a node answers: then the same number and the answer.
inline constexpr std::byte reply_mark{'A'};
/// Bytes of the number of a request.
inline constexpr std::size_t request_number_bytes = 8;
/// Bytes before a request or an answer.
inline constexpr std::size_t request_prefix_bytes = 1 + request_number_bytes;

}  // namespace kith::transport::internal
