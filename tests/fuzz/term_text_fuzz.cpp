// SPDX-License-Identifier: Apache-2.0

// Any text is either refused, or parses to a term whose text parses to the same term.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "cli/term_text.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);  // NOLINT: bytes
  const auto term = kith::cli::term_from_text(text);
  if (!term) return 0;
  const std::string shown = kith::cli::term_to_text(*term);
  const auto again = kith::cli::term_from_text(shown);
  // Compared as text: a NaN is not equal to itself.
  if (!again || kith::cli::term_to_text(*again) != shown) std::abort();
  return 0;
}
