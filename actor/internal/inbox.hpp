// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "actor/signal.hpp"
#include "core/spin.hpp"

namespace kith::detail {

/// Queues signals from other threads for one process: a stack that is taken as a whole and
/// reversed, so that adding a signal is one compare-and-swap and the order per sender is kept. The
/// head is one word: the newest signal, the number of messages in the stack, and whether the
/// process is asleep or has ended, so that exactly one sender wakes it. See
/// docs/adr/0016-one-word-inbox.md. Thread-safety: `push` and `waiting` from any thread, the rest
/// on the worker that runs the process.
///
/// Invariant: `first_` is the signal that woke the process, older than all in the stack. Only the
/// sender that replaces `asleep` writes it, before it schedules the process, which orders the write
/// before all reads; so `take` needs no locked instruction if nothing else has arrived.
class Inbox {
 public:
  enum class Pushed : std::uint8_t { added, must_wake, closed, full };

  /// Adds a signal and takes ownership of it, unless the process has ended or, with `may_refuse`,
  /// the mailbox is full; `counts` says that the signal counts as a message. Threads that send
  /// while the process takes in its messages may exceed the bound, each by one message.
  Pushed push(SignalPointer& signal, bool counts, bool may_refuse) {
    std::uint64_t head = head_.load(std::memory_order_relaxed);
    unsigned times = spins_min;
    for (;;) {
      if (head == closed) return Pushed::closed;
      if (may_refuse && waiting(head) >= bound_.load(std::memory_order_relaxed)) {
        return Pushed::full;
      }
      if (head == asleep) {
        if (!replace(head, 0)) continue;
        first_.store(tagged(signal.release(), counts), std::memory_order_relaxed);
        return Pushed::must_wake;
      }
      signal->next = newest(head);
      const bool is_deep = counts && count(head) == count_max;
      const std::uint64_t grown = count(head) + (counts && !is_deep ? 1 : 0);
      if (replace(head, packed(signal.get(), grown))) {
        signal.release();  // NOLINT(bugprone-unused-return-value): the stack owns it now
        if (is_deep) uncounted_.fetch_add(1, std::memory_order_relaxed);
        return Pushed::added;
      }
      spin(times);  // under contention: the sender that owns the cache line adds several signals
      times = std::min(2 * times, spins_max);
    }
  }

  /// True if there is nothing to take (a push may follow at once).
  [[nodiscard]] bool empty() const {
    return first_.load(std::memory_order_relaxed) == 0 &&
           newest(head_.load(std::memory_order_relaxed)) == nullptr;
  }

  /// Takes all signals, oldest first, linked by `next`. The caller counts these messages from now
  /// on and publishes their number with `set_queued`.
  Signal* take() {
    Signal* oldest = untagged(first_.load(std::memory_order_relaxed));
    if (oldest != nullptr) {
      oldest->next = nullptr;
      first_.store(0, std::memory_order_relaxed);
    }
    const std::uint64_t head = head_.load(std::memory_order_relaxed);
    if (newest(head) == nullptr) return oldest;
    const std::uint64_t taken = head_.exchange(0, std::memory_order_acq_rel);
    if (uncounted_.load(std::memory_order_relaxed) != 0)
      uncounted_.store(0, std::memory_order_relaxed);
    Signal* later = reversed(newest(taken));
    if (oldest == nullptr) return later;
    oldest->next = later;
    return oldest;
  }

  /// Publishes the number of messages that the process has taken and not handled. While it runs the
  /// number may be too high, unless exact counts were requested (`counts_exactly`).
  void set_queued(std::size_t messages) {
    queued_.store(static_cast<std::int32_t>(messages), std::memory_order_relaxed);
  }
  /// True if the process must publish its number of messages after each one.
  [[nodiscard]] bool counts_exactly() const {
    return counts_exactly_.load(std::memory_order_relaxed);
  }
  void count_exactly() {
    if (!counts_exactly()) counts_exactly_.store(true, std::memory_order_relaxed);
  }

  /// Returns the number of messages that were sent and not handled yet.
  [[nodiscard]] std::size_t waiting() const {
    return static_cast<std::size_t>(waiting(head_.load(std::memory_order_acquire)));
  }

  /// Marks the process as asleep; false if there are signals to take.
  bool fall_asleep() {
    std::uint64_t head = head_.load(std::memory_order_relaxed);
    if (newest(head) != nullptr) return false;
    return head_.compare_exchange_strong(head, asleep, std::memory_order_acq_rel);
  }

  /// Refuses all later signals and returns those that are left, oldest first.
  Signal* close() {
    Signal* left = take();
    Signal* later = reversed(newest(head_.exchange(closed, std::memory_order_acq_rel)));
    if (left == nullptr) return later;
    Signal* last = left;
    while (last->next != nullptr) last = last->next;
    last->next = later;
    return left;
  }
  /// Opens the inbox for a new process, which is not asleep, with at most `bound` messages.
  void open(std::int32_t bound, bool counts_exactly) {
    bound_.store(bound, std::memory_order_relaxed);
    counts_exactly_.store(counts_exactly, std::memory_order_relaxed);
    queued_.store(0, std::memory_order_relaxed);
    uncounted_.store(0, std::memory_order_relaxed);
    head_.store(0, std::memory_order_release);
  }

  /// Reverses a list that is linked from the newest to the oldest signal.
  static Signal* reversed(Signal* newest) {
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
  // The word: the address without its last 4 bits, which are zero, above 20 bits of count;
  // addresses of user space have at most 48 bits. The two marks are addresses that no signal has.
  static constexpr unsigned count_bits = 20;
  static constexpr std::uint64_t count_max = (std::uint64_t{1} << count_bits) - 1;
  static constexpr std::uint64_t asleep = std::uint64_t{1} << count_bits;
  static constexpr std::uint64_t closed = std::uint64_t{2} << count_bits;
  static constexpr unsigned alignment_bits = 4;
  /// First and longest back-off of a sender whose exchange failed, in pauses of the processor.
  static constexpr unsigned spins_min = 16;
  static constexpr unsigned spins_max = 256;
  static_assert(alignof(std::max_align_t) >= 1U << alignment_bits);

  static std::uint64_t packed(const Signal* newest, std::uint64_t count) {
    return reinterpret_cast<std::uintptr_t>(newest) << (count_bits - alignment_bits) | count;
  }
  static std::uint64_t count(std::uint64_t head) { return head & count_max; }
  static Signal* newest(std::uint64_t head) {
    if (head == asleep || head == closed) return nullptr;
    return reinterpret_cast<Signal*>(head >> count_bits << alignment_bits);
  }
  static std::uintptr_t tagged(const Signal* signal, bool counts) {
    return reinterpret_cast<std::uintptr_t>(signal) | (counts ? 1U : 0U);
  }
  static Signal* untagged(std::uintptr_t first) {
    return reinterpret_cast<Signal*>(first & ~std::uintptr_t{1});
  }

  bool replace(std::uint64_t& head, std::uint64_t with) {
    return head_.compare_exchange_weak(head, with, std::memory_order_acq_rel,
                                       std::memory_order_relaxed);
  }
  [[nodiscard]] std::int64_t waiting(std::uint64_t head) const {
    const std::uint64_t in_stack =
        count(head) + (count(head) == count_max ? uncounted_.load(std::memory_order_relaxed) : 0);
    return static_cast<std::int64_t>(in_stack + (first_.load(std::memory_order_relaxed) & 1U)) +
           queued_.load(std::memory_order_relaxed);
  }

  std::atomic<std::uint64_t> head_{closed};
  std::atomic<std::uintptr_t> first_{0};  ///< the last bit: it counts as a message
  std::atomic<std::int32_t> queued_{0};
  std::atomic<std::uint32_t> uncounted_{0};  ///< messages in the stack over `count_max`, roughly
  std::atomic<std::int32_t> bound_{0};       ///< the most messages that may be queued
  std::atomic<bool> counts_exactly_{false};
};

}  // namespace kith::detail
