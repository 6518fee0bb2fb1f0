// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace kith::replay {

/// The size and seed of a generated log. Thread-safety: plain value.
struct SampleLogOptions {
  std::uint64_t seed = 1;
  std::size_t lines = 20'000;
};

/// Generates an access log in the combined format: one hour of a small shop with a few busy
/// addresses, lines slightly out of order, `/checkout` failing for ten minutes, and a few truncated
/// lines. Equal options produce equal bytes on every machine. Pure.
[[nodiscard]] std::string sample_log(const SampleLogOptions& options = {});

}  // namespace kith::replay
