// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "actor/internal/reference_map.hpp"
#include "actor/signal.hpp"

namespace kith::detail {

/// Queues the messages that a process has taken from its inbox, in order; any of them can be
/// removed. Messages with the reference of a monitor (the result of a task, a `Down`) are indexed
/// once a search for one has passed more than 64 others, and are then found in constant time.
/// Thread-safety: none; used on the worker that runs the process.
class MessageQueue {
 public:
  MessageQueue() = default;
  ~MessageQueue() {
    while (pop()) {
    }
  }
  MessageQueue(const MessageQueue&) = delete;
  MessageQueue& operator=(const MessageQueue&) = delete;

  [[nodiscard]] bool empty() const { return first_ == nullptr; }
  [[nodiscard]] std::size_t size() const { return size_; }
  void push(MessagePointer message) {
    MessageSignal* raw = message.release();
    raw->next = nullptr;
    if (index_) note(raw, last_);
    if (last_ == nullptr)
      first_ = raw;
    else
      last_->next = raw;
    last_ = raw;
    ++size_;
  }
  MessagePointer pop() { return first_ == nullptr ? nullptr : remove_after(nullptr); }

  /// True if `wanted` accepts a queued message.
  template <typename Wanted>
  [[nodiscard]] bool contains(Wanted wanted) const {
    for (const Signal* at = first_; at != nullptr; at = at->next) {
      if (wanted(*static_cast<const MessageSignal*>(at))) return true;
    }
    return false;
  }
  /// Removes and returns the first message behind `after` (null: from the beginning) that `wanted`
  /// accepts. If there is none it sets `after` to the last message, so that a later search visits
  /// only new ones.
  template <typename Wanted>
  MessagePointer take_if(Signal*& after, Wanted wanted) {
    Signal* before = after;
    for (Signal* at = before == nullptr ? first_ : before->next; at != nullptr;
         before = at, at = at->next) {
      if (wanted(*static_cast<MessageSignal*>(at))) return remove_after(before);
    }
    after = last_;
    return nullptr;
  }
  /// Removes and returns the message with the reference of a monitor: its `Down`, or another one.
  MessagePointer take_news(const Reference& monitor, bool is_down) {
    const std::uint64_t wanted = is_down ? ~monitor.id : monitor.id;
    if (index_) {
      Signal* const* before = index_->find(wanted);
      return before == nullptr ? nullptr : remove_after(*before);
    }
    std::size_t passed = 0;
    Signal* before = nullptr;
    for (Signal* at = first_; at != nullptr; before = at, at = at->next, ++passed) {
      if (key_of(*at) == wanted) return remove_after(before);
    }
    if (passed > searched_without_index_max) make_index();
    return nullptr;
  }

 private:
  static constexpr std::size_t searched_without_index_max = 64;

  /// Returns the key of a message with the reference of a monitor; 0 for all others.
  static std::uint64_t key_of(const Signal& message) {
    if (message.kind != SignalKind::message || !message.reference) return 0;
    return message.is_down ? ~message.reference.id : message.reference.id;
  }
  /// Stores the predecessor of a message in the index.
  void note(const Signal* message, Signal* before) {
    if (const std::uint64_t key = key_of(*message); key != 0) index_->insert(key, before);
  }
  void make_index() {
    index_ = std::make_unique<ReferenceMap<Signal*>>();
    Signal* before = nullptr;
    for (Signal* at = first_; at != nullptr; before = at, at = at->next) note(at, before);
  }
  MessagePointer remove_after(Signal* before) {
    Signal* taken = before == nullptr ? first_ : before->next;
    if (before == nullptr)
      first_ = taken->next;
    else
      before->next = taken->next;
    if (last_ == taken) last_ = before;
    if (index_) {
      if (const std::uint64_t key = key_of(*taken); key != 0) index_->take(key);
      if (taken->next != nullptr) note(taken->next, before);
      if (first_ == nullptr) index_.reset();
    }
    taken->next = nullptr;
    --size_;
    return MessagePointer(static_cast<MessageSignal*>(taken));
  }

  Signal* first_ = nullptr;
  Signal* last_ = nullptr;
  std::size_t size_ = 0;
  std::unique_ptr<ReferenceMap<Signal*>> index_;  // the message before each, by `key_of`
};

}  // namespace kith::detail
