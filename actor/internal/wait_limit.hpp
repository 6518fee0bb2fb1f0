// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "core/clock.hpp"
#include "core/compiler.hpp"
#include "core/timer_wheel.hpp"

namespace kith::detail {

class Process;
class Worker;

/// Limits the time of a wait of a process. Most waits end so soon that reading the clock and arming
/// a timer would dominate their cost; so a limit is only noted in a list of the worker, which arms
/// those that are still waiting at its second look at the timers (some turns later, and always
/// before it sleeps). It is on the stack of the waiting operation, which stays on that worker.
/// Thread-safety: none; used on the worker of the process.
class KITH_HIDDEN WaitLimit {
 public:
  /// `Duration::max()` means no limit. Without threads, where time moves only between turns, it is
  /// armed at once.
  WaitLimit(Process& process, Duration duration) : process_(process), duration_(duration) {}
  ~WaitLimit();
  WaitLimit(const WaitLimit&) = delete;
  WaitLimit& operator=(const WaitLimit&) = delete;

  /// Notes the limit; called before the operation parks. No effect if called again.
  void begin();
  /// Arms the limit at once, exactly from now: for waits that usually last their time.
  void begin_now();
  /// Marks the limit as expired; called when its timer is due.
  void expire() { expired_ = true; }
  [[nodiscard]] bool expired() const { return expired_ || duration_ <= Duration::zero(); }
  /// Returns the number in its timer's signal; 0 before it is armed.
  [[nodiscard]] std::uint64_t number() const { return number_; }

 private:
  friend class Worker;
  void arm(TimePoint now);

  Process& process_;
  Duration duration_;
  Worker* noted_with_ = nullptr;
  WaitLimit* previous_ = nullptr;  // of those noted with the same worker
  WaitLimit* next_ = nullptr;
  Worker* armed_with_ = nullptr;
  TimerId timer_ = 0;
  std::uint64_t number_ = 0;
  unsigned noted_at_look_ = 0;
  bool expired_ = false;
};

}  // namespace kith::detail
