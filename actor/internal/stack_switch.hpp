// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

/// Switches between stacks on x86-64; on other processors fiber.cpp uses Boost.Context. See
/// docs/adr/0012-stack-switch.md.
namespace kith::detail {

#if defined(__x86_64__)

/// The stack pointer of a suspended stack: the address of the last word that it pushed.
using StackPosition = void*;

/// Saves the present position in `from` and continues at `to`. Returns when another stack continues
/// at `from`. It uses a jump instead of call and return, so that the processor's return predictions
/// for the callers of this function stay valid. Floating-point modes are not switched.
[[gnu::always_inline]] inline void switch_stack(StackPosition& from, StackPosition to) {
  StackPosition* kept = &from;
  asm volatile(
      "leaq -128(%%rsp), %%rsp\n\t"  // the red zone of the caller
      "pushq %%rbp\n\t"
      "leaq 1f(%%rip), %%rax\n\t"
      "pushq %%rax\n\t"
      "movq %%rsp, (%0)\n\t"
      "movq %1, %%rsp\n\t"
      "popq %%rax\n\t"
      "jmpq *%%rax\n\t"
      "1:\n\t"
      "popq %%rbp\n\t"
      "leaq 128(%%rsp), %%rsp\n\t"
      : "+D"(kept), "+S"(to)
      :
      : "rax", "rbx", "rcx", "rdx", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "xmm0",
        "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11",
        "xmm12", "xmm13", "xmm14", "xmm15",
#if defined(__AVX512F__)
        "xmm16", "xmm17", "xmm18", "xmm19", "xmm20", "xmm21", "xmm22", "xmm23", "xmm24", "xmm25",
        "xmm26", "xmm27", "xmm28", "xmm29", "xmm30", "xmm31", "k1", "k2", "k3", "k4", "k5", "k6",
        "k7",
#endif
        "cc", "memory");
}

/// Returns the position of a new stack that ends before `top`; `entry` runs there and must not
/// return.
template <void (*entry)()>
StackPosition new_stack(void* top, std::size_t /*size_bytes*/) {
  auto* word = static_cast<void**>(top);
  for (int i = 0; i < 3; ++i) *--word = nullptr;  // a null return address, where debuggers stop
  *--word = reinterpret_cast<void*>(entry);
  return word;
}

#endif

}  // namespace kith::detail
