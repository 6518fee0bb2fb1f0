// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "actor/exit.hpp"
#include "actor/internal/fiber.hpp"
#include "actor/internal/message_queue.hpp"
#include "actor/internal/process_slot.hpp"
#include "actor/internal/relations.hpp"
#include "actor/internal/wait_limit.hpp"
#include "actor/process_body.hpp"
#include "core/block_pool.hpp"
#include "core/clock.hpp"
#include "core/compiler.hpp"

namespace kith {
struct TraceEvent;
}

namespace kith::detail {

class Process;
class Runtime;
class Worker;

/// The state of a live process. All functions run on the worker that runs the process.
/// Thread-safety: none.
///
/// A process ends in one of two ways. `ended_` is set from inside (its handler returned a stop,
/// threw or called `exit`): `terminate` runs. `dying_` is set by an exit signal: the process is
/// unwound at its next wait or at the end of the turn, without `terminate`.
class KITH_HIDDEN Process : public Pooled {
 public:
  Process(Runtime& runtime, ProcessSlot& slot, Pid pid, std::unique_ptr<ProcessBody> body);
  ~Process();

  /// Results of a turn.
  enum class TurnEnd : std::uint8_t { more, asleep, ended };

  /// Handles a bounded number of messages. Runs on a fiber of the worker.
  TurnEnd run_turn();
  /// Takes in the signals of a parked process; true if its wait is over.
  bool should_resume();

  // --- called by the code that runs inside ---------------------------------

  [[nodiscard]] const Pid& pid() const { return pid_; }
  [[nodiscard]] Runtime& runtime() { return runtime_; }
  [[nodiscard]] bool trapping() const { return trapping_; }
  void set_trapping(bool on) { trapping_ = on; }
  [[nodiscard]] Pid parent() const { return parent_; }
  void set_parent(Pid parent) { parent_ = parent; }
  void set_ancestors(std::shared_ptr<const Ancestor> ancestors) {
    relations().ancestors = std::move(ancestors);
  }
  /// Returns itself as an ancestor, for the servers that it starts.
  [[nodiscard]] std::shared_ptr<const Ancestor> as_ancestor();
  [[nodiscard]] std::string label() const { return relations_ ? relations_->label : ""; }
  /// Sets whether it handles control messages only; the others stay in the mailbox.
  void set_suspended(bool on) {
    suspended_ = on;
    searched_ = nullptr;
  }
  /// Returns the label without a copy, also in a signal handler.
  [[nodiscard]] const char* label_text() const {
    return relations_ ? relations_->label.c_str() : "";
  }
  /// Returns the type of the message that it handles or handled last; null if there was none.
  [[nodiscard]] const std::type_info* last_message() const { return last_message_; }
  /// Sets the type of a message that arrived as bytes.
  void note_message(const std::type_info& type) { last_message_ = &type; }
  void set_label(std::string label) {
    if (!label.empty()) relations().label = std::move(label);
  }
  void set_child_id(std::string id) {
    if (!id.empty()) relations().child_id = std::move(id);
  }
  /// Returns its name for people: its id in its supervisor, else its label.
  [[nodiscard]] std::string called() const {
    if (!relations_) return "";
    return relations_->child_id.empty() ? relations_->label : relations_->child_id;
  }
  [[nodiscard]] std::string ancestor_names() const;
  /// Sets the id of the child that it is starting; null once that has been started.
  void set_starting_child(const std::string* id) { relations().starting_child = id; }
  [[nodiscard]] const std::string* starting_child() const {
    return relations_ ? relations_->starting_child : nullptr;
  }

  /// Opens a request, whose answer is kept until it is taken. With `answered`, the reference is
  /// appended to it when the answer arrives, so that a wait for many requests need not check each;
  /// it must outlive the request.
  Reference open_request(std::vector<Reference>* answered = nullptr);
  /// Waits until `answered` is not empty; false after `timeout`.
  bool wait_listed(const std::vector<Reference>& answered, Duration timeout);
  /// Takes the answer of a request; null if it has not arrived.
  SignalPointer take_answer(const Reference& request);
  /// Waits for the answer of one request and closes the request; null after `timeout`.
  SignalPointer wait_answer(const Reference& request, Duration timeout);
  /// Waits for an answer whose sender uses memory of this stack: exit signals take effect only
  /// after it has arrived.
  void wait_uninterrupted(Reference request);
  /// Closes a request; a late answer is dropped.
  void close_request(const Reference& request);
  [[nodiscard]] bool has_answer(const Reference& request);

  /// Waits for a message that `wanted` accepts; null after `timeout`.
  template <typename Wanted>
  MessagePointer wait_message(Duration timeout, Wanted wanted) {
    WaitLimit limit(*this, timeout);
    Signal* after = nullptr;
    for (;;) {
      take_in();
      if (MessagePointer found = queue_.take_if(after, wanted)) {
        taken(*found);
        return found;
      }
      if (!wait_for(WaitFor::messages, limit)) return nullptr;
    }
  }
  /// Waits for a message with the reference of a monitor: one sent to the reference, or its `Down`.
  MessagePointer wait_news(const Reference& monitor, Duration timeout);
  /// Takes such a message without waiting; null if there is none.
  MessagePointer take_news(const Reference& monitor);
  /// Waits for the `Down` of a monitor; null after `timeout`.
  MessagePointer wait_down(const Reference& monitor, Duration timeout);
  /// Waits for `duration`, regardless of messages.
  void wait_duration(Duration duration);

  void add_link(Pid other) { relations().links.link(other); }
  /// Removes a link and sends the unlink; no effect if there is no link.
  void remove_link(Pid other);
  [[nodiscard]] bool linked_to(Pid other) const {
    return relations_ && relations_->links.contains(other);
  }
  [[nodiscard]] std::vector<Pid> links() const {
    return relations_ ? relations_->links.all() : std::vector<Pid>{};
  }
  void add_monitor(Reference reference, Pid target) {
    relations().monitors.insert(reference.id, target);
  }
  /// Adds an alias: messages to it are accepted once, or until it is removed.
  void add_alias(Reference reference, bool once) {
    relations().aliases.emplace_back(reference, once);
  }
  bool remove_alias(Reference reference);
  /// Removes a monitor and returns its target; nullopt if it has fired, and then `flush` removes
  /// its `Down` from the queue.
  std::optional<Pid> remove_monitor(Reference reference, bool flush);

  /// Takes in signals; unwinds the handler if one of them ends the process.
  void notice_exit();
  /// Ends the process with this reason once the present handler has returned.
  void end_from_inside(ExitReason reason);
  /// True if it handles no further message.
  [[nodiscard]] bool ending() const { return ended_ != nullptr || dying_ != nullptr; }
  /// Appends a message to its queue.
  void enqueue_own(MessagePointer message);
  /// Stores an open call, which fails if the process ends before it is answered.
  void remember_call(const Pid& caller, const Reference& reference);
  /// Removes an open call, which was answered; false if it is not open here.
  bool forget_call(const Reference& reference);
  /// True if the process has received this call and has not answered it.
  [[nodiscard]] bool is_unanswered(const Reference& call) const;
  /// Keeps an object until a call is answered; false if the call is not open here.
  bool hold_until_answered(const Reference& call, std::shared_ptr<void> what);

  /// True if a call of that process is in the queue.
  [[nodiscard]] bool is_called_by(const Pid& caller) const {
    return queue_.contains([&](const MessageSignal& message) {
      return message.kind == SignalKind::call && message.from == caller;
    });
  }
  /// Returns the number of messages in the queue and the inbox.
  [[nodiscard]] std::size_t waiting() const {
    return queue_.size() + slot_.inbox.waiting() - published_;
  }
  /// Returns the number of messages after taking in the inbox; for the process itself, whose
  /// present message is not counted.
  [[nodiscard]] std::size_t own_waiting() {
    take_in();
    return queue_.size();
  }

  /// True while it has a tracer.
  [[nodiscard]] bool is_traced() const { return traced_; }
  KITH_COLD void trace_sent(const Signal& signal, const Pid& to);
  KITH_COLD void trace_state(std::string name);

  Fiber* parked = nullptr;  ///< its stack while it waits inside a handler, else null

 private:
  enum class WaitFor : std::uint8_t { answers, messages, time };

  MessagePointer next_message();
  void take_in();
  bool fall_asleep();
  void accept(SignalPointer signal);
  KITH_NOINLINE void accept_notice(SignalPointer signal);
  void accept_unlink(SignalPointer signal);
  void tell_unlinked(Pid other, Reference number, ExitReason reason);
  [[nodiscard]] KITH_NOINLINE bool is_wanted(const Reference& reference);
  KITH_COLD void accept_exit(ReasonSignal& signal);
  KITH_COLD bool break_link(const ReasonSignal& signal);
  void accept_answer(SignalPointer signal);
  KITH_NOINLINE void accept_down(SignalPointer signal);
  bool wait_for(WaitFor what, WaitLimit& limit);
  template <typename Take>
  MessagePointer wait_taken(Duration timeout, Take take);
  void die(ExitReason reason);
  void throw_if_dying();
  void park_unless_signalled();
  /// Publishes and traces that a message has left the queue.
  void taken(const Signal& message) {
    if (counts_exactly_) publish_queued();
    if (traced_) trace_taken(message);
  }
  /// Publishes the length of the queue for senders and `message_queue_length`.
  void publish_queued() {
    published_ = static_cast<std::uint32_t>(queue_.size());
    slot_.inbox.set_queued(published_);
  }
  Relations& relations();
  SignalPointer* pending(const Reference& request);
  KITH_COLD void let_go(const Reference& call);
  void drop_request(const Reference& request);
  void give_up_requests();
  void fail_call(Signal& signal, const ExitReason& reason);
  void forget_watcher(const Signal& signal);
  void tell_watchers(const ExitReason& reason);
  void fail_open_call(const OpenCall& call, const ExitReason& reason);
  void tell_links(Relations& relations, const ExitReason& reason);
  void tell_watched(Relations& relations);
  template <typename F>
  void guarded(F f);
  KITH_NOINLINE TurnEnd finish();
  KITH_COLD void report_crash() const;
  KITH_COLD void tell_info(const Signal& asked);
  KITH_COLD void begin_trace(const Signal& order);
  KITH_COLD void tell_tracer(TraceEvent event);
  KITH_COLD void trace_taken(const Signal& signal);
  KITH_COLD void trace_end(const ExitReason& reason);
  [[nodiscard]] std::string last_message_name() const;
  void tell_others();

  Runtime& runtime_;
  ProcessSlot& slot_;
  const Pid pid_;
  Pid parent_;
  std::unique_ptr<ProcessBody> body_;
  MessageQueue queue_;
  const std::type_info* last_message_ = nullptr;
  Signal* searched_ = nullptr;  // suspended: the last message that was checked
  bool started_ = false;
  bool initialised_ = false;  // `start` succeeded: `terminate` runs at the end
  bool trapping_ = false;
  bool suspended_ = false;
  bool traced_ = false;
  bool counts_exactly_ = false;  // the length of the queue is published after each message
  bool unwinding_ = false;
  bool holds_ = false;  // an object is kept until a call is answered
  bool wake_ = false;   // a signal of the kind `waiting_for_` has arrived
  WaitFor waiting_for_ = WaitFor::time;
  std::uint32_t published_ = 0;        // the length of the queue as published last
  WaitLimit* limit_ = nullptr;         // of the present wait
  std::unique_ptr<ExitReason> dying_;  // an exit signal ends it: at the next wait or turn's end
  std::unique_ptr<ExitReason> ended_;  // it ended by itself
  Reference inline_request_;           // its first open request, without an entry in a map
  SignalPointer inline_answer_;
  OpenCall inline_call_;    // the first open call of another process
  SignalPointer watchers_;  // the `monitor` signals that it received, newest first
  std::unique_ptr<Relations> relations_;
};

}  // namespace kith::detail
