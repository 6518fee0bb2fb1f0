// SPDX-License-Identifier: Apache-2.0
#include "actor/internal/fiber.hpp"

#include <cstdlib>
#include <cxxabi.h>
#include <sys/mman.h>

#if !defined(__x86_64__)
#include <boost/context/detail/fcontext.hpp>
#endif

#include "actor/internal/stack_switch.hpp"
#include "core/check.hpp"
#include "core/compiler.hpp"
#include "core/sanitizers.hpp"

#if KITH_ADDRESS_SANITIZER
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#if KITH_THREAD_SANITIZER
#include <sanitizer/tsan_interface.h>
#endif

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif

namespace kith::detail {
namespace {

#if !defined(__x86_64__)
using StackPosition = boost::context::detail::fcontext_t;

inline void arrive(boost::context::detail::transfer_t from) {
  *static_cast<StackPosition*>(from.data) = from.fctx;
}

inline void switch_stack(StackPosition& from, StackPosition to) {
  arrive(boost::context::detail::jump_fcontext(to, &from));
}

template <void (*entry)()>
StackPosition new_stack(void* top, std::size_t size_bytes) {
  return boost::context::detail::make_fcontext(top, size_bytes, [](auto from) {
    arrive(from);
    entry();
  });
}
#endif

/// The state of exceptions in flight, which the C++ runtime stores per thread (Itanium C++ ABI,
/// 2.2.2).
struct ExceptionGlobals {
  void* caught_exceptions = nullptr;
  unsigned int uncaught_exceptions = 0;
};

KITH_FAST_THREAD_LOCAL thread_local constinit ExceptionGlobals* own_exception_globals = nullptr;

ExceptionGlobals& exception_globals() {
  if (own_exception_globals == nullptr) {
    own_exception_globals = reinterpret_cast<ExceptionGlobals*>(abi::__cxa_get_globals());
  }
  return *own_exception_globals;
}

/// Size of the guard below a stack, whose pages fault, so that an overflow ends the node instead of
/// corrupting memory. More than one page, since a function with large arrays may skip one.
constexpr std::size_t guard_size_bytes = 64U << 10U;

/// Makes the lowest pages fault. Kernels from 6.13 do that within the mapping; mprotect(2) splits
/// it in two, and a process may have 65,530 mappings by default.
void install_guard(void* lowest) {
  if (madvise(lowest, guard_size_bytes, MADV_GUARD_INSTALL) == 0) return;
  KITH_CHECK(mprotect(lowest, guard_size_bytes, PROT_NONE) == 0);
}

}  // namespace

struct Fiber::State {
  StackPosition position{};
  void* stack = nullptr;
  std::size_t size_bytes = 0;
  Entry entry = nullptr;
  void* argument = nullptr;
  ExceptionGlobals exceptions;
#if KITH_ADDRESS_SANITIZER
  State* previous = nullptr;  // the fiber that switched to this one
  void* fake_stack = nullptr;
  const void* bottom = nullptr;
  std::size_t bottom_size_bytes = 0;
#endif
#if KITH_THREAD_SANITIZER
  void* sanitizer_fiber = nullptr;
#endif

  /// Runs on the new stack right after a switch.
  void arrived() {
#if KITH_ADDRESS_SANITIZER
    const void* left = nullptr;
    std::size_t left_size_bytes = 0;
    __sanitizer_finish_switch_fiber(fake_stack, &left, &left_size_bytes);
    if (previous->stack == nullptr) {  // the thread's own stack
      previous->bottom = left;
      previous->bottom_size_bytes = left_size_bytes;
    }
#endif
    exception_globals() = exceptions;
  }

  [[noreturn]] static void enter();
};

namespace {
KITH_FAST_THREAD_LOCAL thread_local constinit void* entering =
    nullptr;  // the state of the fiber that is switched to
}  // namespace

/// The first function on a new stack. It has no arguments, hence `entering`.
void Fiber::State::enter() {
  auto& self = *static_cast<State*>(entering);
  self.arrived();
  self.entry(self.argument);
  KITH_CHECK(false && "a fiber's entry returned");
  std::abort();
}

Fiber::Fiber() : state_(std::make_unique<State>()) {}

Fiber::Fiber(Entry entry, void* argument, std::size_t stack_size_bytes)
    : state_(std::make_unique<State>()) {
  state_->entry = entry;
  state_->argument = argument;
  state_->size_bytes = stack_size_bytes + guard_size_bytes;
  state_->stack = mmap(nullptr, state_->size_bytes, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  KITH_CHECK(state_->stack != MAP_FAILED);
  install_guard(state_->stack);
  char* top = static_cast<char*>(state_->stack) + state_->size_bytes;
  state_->position = new_stack<&State::enter>(top, stack_size_bytes);
#if KITH_ADDRESS_SANITIZER
  state_->bottom = state_->stack;
  state_->bottom_size_bytes = state_->size_bytes;
#endif
#if KITH_THREAD_SANITIZER
  state_->sanitizer_fiber = __tsan_create_fiber(0);
#endif
}

Fiber::~Fiber() {
  if (state_->stack == nullptr) return;
#if KITH_THREAD_SANITIZER
  __tsan_destroy_fiber(state_->sanitizer_fiber);
#endif
#if KITH_ADDRESS_SANITIZER
  __asan_unpoison_memory_region(state_->stack, state_->size_bytes);
#endif
  munmap(state_->stack, state_->size_bytes);
}

bool Fiber::guards(const void* address) const {
  const auto* lowest = static_cast<const char*>(state_->stack);
  return lowest != nullptr && address >= lowest && address < lowest + guard_size_bytes;
}

void Fiber::switch_to(Fiber& next) {
  State& from = *state_;
  State& to = *next.state_;
  // A fiber may be suspended inside a `catch` block: its exceptions must not be seen by others.
  from.exceptions = exception_globals();
  entering = &to;
#if KITH_ADDRESS_SANITIZER
  to.previous = &from;
  __sanitizer_start_switch_fiber(&from.fake_stack, to.bottom, to.bottom_size_bytes);
#endif
#if KITH_THREAD_SANITIZER
  if (from.stack == nullptr) from.sanitizer_fiber = __tsan_get_current_fiber();
  __tsan_switch_to_fiber(to.sanitizer_fiber, 0);
#endif
  switch_stack(from.position, to.position);
  from.arrived();
}

}  // namespace kith::detail
