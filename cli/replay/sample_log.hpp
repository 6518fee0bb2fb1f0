#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace kith::replay {

/// How large a made-up log is. Thread-safety: plain value.
struct SampleLogOptions {
  std::uint64_t seed = 1;
  std::size_t lines = 20'000;
};

/// A made-up access log in the combined format: one hour of a small shop, a few busy
/// addresses, lines that are not quite in order of time, `/checkout` failing for ten minutes, and a
/// few lines that are cut off. Equal options give equal bytes on every machine. Pure.
[[nodiscard]] std::string sample_log(const SampleLogOptions& options = {});

}  // namespace kith::replay
