// SPDX-License-Identifier: Apache-2.0

// Any bytes are either refused, or decode to a term that survives encoding and decoding.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "transport/codec.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const kith::BytesView bytes = std::as_bytes(std::span(data, size));
  const auto term = kith::transport::decode_value(bytes);
  if (!term) return 0;
  const kith::Bytes encoded = kith::transport::encode_value(*term);
  const auto again = kith::transport::decode_value(encoded);
  // Compared as bytes: a NaN is not equal to itself.
  if (!again || kith::transport::encode_value(*again) != encoded) std::abort();
  return 0;
}
