// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "core/compiler.hpp"

namespace kith::detail {

/// A stack with the machine context of the code that runs on it. A worker owns many and runs one at
/// a time; a fiber stays on its thread, so that thread-locals remain valid. Exceptions in flight
/// belong to the fiber: the C++ runtime stores them per thread, so `switch_to` saves and restores
/// them. Thread-safety: none; one thread owns it.
class KITH_HIDDEN Fiber {
 public:
  using Entry = void (*)(void* argument);

  /// Makes a fiber for the calling thread's own stack.
  Fiber();
  /// Allocates a stack on which `entry(argument)` will run; `entry` must not return.
  Fiber(Entry entry, void* argument, std::size_t stack_size_bytes);
  ~Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  /// True for an address in the guard pages below the stack. Async-signal-safe.
  [[nodiscard]] bool guards(const void* address) const;
  /// Suspends this fiber, which must be the running one, and resumes `next`. Returns when another
  /// fiber switches back.
  void switch_to(Fiber& next);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kith::detail
