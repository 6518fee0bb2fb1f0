#pragma once

namespace kith {

/// Fetches a line of memory into the cache that will be read soon. Any address will do. Part of its
/// caller always, and so must be what only calls this: g++ 12 drops calls of functions that do
/// nothing else. Thread-safety: any thread.
[[gnu::always_inline]] inline void prefetch([[maybe_unused]] const void* address) {
#if defined(__GNUC__)
  __builtin_prefetch(address);
#endif
}

}  // namespace kith
