#pragma once

#include <atomic>
#include <cstdint>

#include "actor/signal.hpp"

namespace kith::detail {

/// Where other threads put signals for one process: a stack that is taken as a whole and reversed,
/// so that adding is one compare-and-swap and order per sender holds. Its head also says whether
/// the process sleeps or has ended, so that exactly one sender wakes it. Thread-safety: `push` from
/// any thread, the rest by whoever runs the process.
class Inbox {
 public:
  enum class Pushed : std::uint8_t { added, must_wake, closed };

  /// Adds a signal, of which it takes ownership unless the process has ended.
  Pushed push(SignalPointer& signal) {
    Signal* head = head_.load(std::memory_order_relaxed);
    do {
      if (head == closed_mark()) return Pushed::closed;
      signal->next = head == asleep_mark() ? nullptr : head;
    } while (!head_.compare_exchange_weak(head, signal.get(), std::memory_order_acq_rel,
                                          std::memory_order_relaxed));
    signal.release();  // NOLINT(bugprone-unused-return-value): the stack owns it now
    return head == asleep_mark() ? Pushed::must_wake : Pushed::added;
  }

  /// True when nothing waits to be taken (a push may follow at once).
  [[nodiscard]] bool empty() const { return head_.load(std::memory_order_relaxed) == nullptr; }

  /// Takes all, oldest first, linked by `next`.
  Signal* take() {
    Signal* newest = head_.exchange(nullptr, std::memory_order_acq_rel);
    return reversed(newest);
  }

  /// Declares the process asleep; false when signals are waiting.
  bool fall_asleep() {
    Signal* expected = nullptr;
    return head_.compare_exchange_strong(expected, asleep_mark(), std::memory_order_acq_rel);
  }

  /// Refuses all later signals and gives what was left.
  Signal* close() { return reversed(head_.exchange(closed_mark(), std::memory_order_acq_rel)); }
  /// Opens for a new process that is about to run.
  void open() { head_.store(nullptr, std::memory_order_release); }

 private:
  static Signal* mark(std::uintptr_t bits) { return reinterpret_cast<Signal*>(bits); }
  static Signal* asleep_mark() { return mark(1); }
  static Signal* closed_mark() { return mark(2); }

 public:
  /// A list that is linked from the newest on, the other way round.
  static Signal* reversed(Signal* newest) {
    if (newest == asleep_mark() || newest == closed_mark()) return nullptr;
    Signal* oldest = nullptr;
    while (newest != nullptr) {
      Signal* next = newest->next;
      newest->next = oldest;
      oldest = newest;
      newest = next;
    }
    return oldest;
  }

 private:
  std::atomic<Signal*> head_{closed_mark()};
};

}  // namespace kith::detail
