#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "actor/internal/inbox.hpp"
#include "core/compiler.hpp"

namespace kith::detail {

class Process;

/// A place in the process table. Its memory is never given back while the system lives, so that a
/// sender needs no lock to reach it; a signal for an earlier user of the place is recognised by its
/// generation. Thread-safety: the atomics and the inbox from any thread, the rest by the runner.
struct KITH_HIDDEN alignas(64) ProcessSlot {
  Inbox inbox;
  std::atomic<std::uint32_t> generation{0};
  std::atomic<int> pinned{-1};  ///< the worker whose stack it is parked on, or -1
  std::atomic<int> home{0};     ///< the worker that ran it last
  std::uint32_t index = 0;
  std::atomic<bool> alive{false};
  /// What must be cleaned up when it ends: `named`, and for whom a timer may be armed in the wheel
  /// of a worker the bit of that worker; `ended` when that has been done. One word, so that what
  /// comes too late is seen to be so.
  std::atomic<std::uint32_t> marks{ended};
  std::unique_ptr<Process> process;

  static constexpr std::uint32_t ended = 1U << 31U;
  static constexpr std::uint32_t named = 1U << 30U;  ///< its names must be forgotten
  /// Workers share bits when there are many.
  static constexpr std::uint32_t timer_mark(int worker) {
    return 1U << (static_cast<std::uint32_t>(worker) % 30U);
  }
};
static_assert(sizeof(ProcessSlot) == 64, "a sender touches one line of the cache");

}  // namespace kith::detail
