#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "core/compiler.hpp"

namespace kith::detail {

/// A stack with the machine context of what runs on it. A worker owns many and runs one at a time;
/// a fiber never changes threads, so thread-locals stay valid. Exceptions in flight belong to the
/// fiber: the C++ runtime keeps them per thread, so `switch_to` carries them over.
/// Thread-safety: none; one thread owns it.
class KITH_HIDDEN Fiber {
 public:
  using Entry = void (*)(void* argument);

  /// The context of whichever thread switches away from it; has no stack of its own.
  Fiber();
  /// A new stack on which `entry(argument)` will run; `entry` must never return.
  Fiber(Entry entry, void* argument, std::size_t stack_size_bytes);
  ~Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  /// True for an address just below the stack: it has overflown. Async-signal-safe.
  [[nodiscard]] bool guards(const void* address) const;
  /// Suspends this fiber, which must be the running one, and resumes `next`. Returns when some
  /// other fiber switches back.
  void switch_to(Fiber& next);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kith::detail
