// SPDX-License-Identifier: Apache-2.0

// Any bytes are either refused, or decode to a frame that encodes to the same bytes.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "transport/frame.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const kith::BytesView bytes = std::as_bytes(std::span(data, size));
  const auto frame = kith::transport::decode_frame(bytes);
  if (!frame) return 0;
  kith::Bytes again = kith::transport::begin_frame(frame->header);
  for (const auto message : frame->messages) kith::transport::append_message(again, message);
  if (!std::ranges::equal(again, bytes)) std::abort();
  return 0;
}
