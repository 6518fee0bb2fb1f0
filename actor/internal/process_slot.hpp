// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "actor/internal/inbox.hpp"
#include "core/compiler.hpp"

namespace kith::detail {

class Process;

/// An entry of the process table. Its memory is not freed while the system exists, so that senders
/// access it without a lock; a signal for an earlier process of the entry is recognised by its
/// generation. Thread-safety: the atomics and the inbox from any thread, the rest on the worker
/// that runs the process.
struct KITH_HIDDEN alignas(64) ProcessSlot {
  Inbox inbox;
  std::atomic<std::uint32_t> generation{0};
  std::atomic<int> pinned{-1};  ///< the worker whose stack it is parked on, or -1
  std::atomic<int> home{0};     ///< the worker that ran it last
  std::uint32_t index = 0;
  std::atomic<bool> alive{false};
  /// The clean-up at the end of the process: `named` if it may have names, a bit per worker that
  /// may have a timer for it, `ended` once that was done. One word, so that a name or timer that is
  /// added too late finds `ended`.
  std::atomic<std::uint32_t> marks{ended};
  std::unique_ptr<Process> process;

  static constexpr std::uint32_t ended = 1U << 31U;
  static constexpr std::uint32_t named = 1U << 30U;  ///< its names must be forgotten
  /// Returns the bit of a worker; shared if there are more than 30.
  static constexpr std::uint32_t timer_mark(int worker) {
    return 1U << (static_cast<std::uint32_t>(worker) % 30U);
  }
};
static_assert(sizeof(ProcessSlot) == 64, "a sender touches one line of the cache");

}  // namespace kith::detail
