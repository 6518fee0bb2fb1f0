// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace kith {

/// Prefetches a cache line that will be read soon; any address is valid. Always inlined, as any
/// function that does nothing else must be: g++ 12 drops calls of such functions.
/// Thread-safety: any thread.
[[gnu::always_inline]] inline void prefetch([[maybe_unused]] const void* address) {
#if defined(__GNUC__)
  __builtin_prefetch(address);
#endif
}

}  // namespace kith
