// SPDX-License-Identifier: Apache-2.0

// Any bytes are either refused, or are a table that survives saving and loading.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "table/table_file.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto read = kith::table::decode_table(std::as_bytes(std::span(data, size)), 100'000);
  if (!read) return 0;
  const auto again = kith::table::encode_table(**read);
  if (!again) std::abort();
  const auto same = kith::table::decode_table(*again, 100'000);
  if (!same || (*same)->size() != (*read)->size()) std::abort();
  return 0;
}
