#pragma once

namespace kith {

/// Fetches a line of memory into the cache that will be read soon. Any address will do.
/// Thread-safety: any thread.
inline void prefetch([[maybe_unused]] const void* address) {
#if defined(__GNUC__)
  __builtin_prefetch(address);
#endif
}

}  // namespace kith
