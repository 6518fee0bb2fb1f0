// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace kith {

/// Executes the processor's pause instruction `times` times, some nanoseconds each.
/// Thread-safety: any thread.
inline void spin(unsigned times) {
  for (unsigned i = 0; i < times; ++i) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
  }
}

}  // namespace kith
