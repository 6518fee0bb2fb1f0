#pragma once

#include <cstdint>

#include "core/clock.hpp"
#include "core/compiler.hpp"
#include "core/timer_wheel.hpp"

namespace kith::detail {

class Process;
class Worker;

/// How long an operation of a process may wait. Most waits end at once, so that reading the clock
/// and arming a timer would cost more than all the rest: a limit is only noted with the worker,
/// which arms those that still wait after it has looked at its timers twice (some turns later, and
/// always before it sleeps). It lives on the stack of the operation, which stays on that worker.
/// Thread-safety: none; the process' worker.
class KITH_HIDDEN WaitLimit {
 public:
  /// `Duration::max()`: for ever. Without threads, where time stands still, it is armed at once.
  WaitLimit(Process& process, Duration duration) : process_(process), duration_(duration) {}
  ~WaitLimit();
  WaitLimit(const WaitLimit&) = delete;
  WaitLimit& operator=(const WaitLimit&) = delete;

  /// Before the operation parks; again has no effect.
  void begin();
  /// The same, counting from this moment exactly: for waits that last their time.
  void begin_now();
  /// The timer is due.
  void expire() { expired_ = true; }
  [[nodiscard]] bool expired() const { return expired_ || duration_ <= Duration::zero(); }
  /// The number its timer's signal carries; 0 before it is armed.
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
