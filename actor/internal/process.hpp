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

/// The living process behind a slot. Everything here runs on the worker that runs the process.
/// Thread-safety: none.
class KITH_HIDDEN Process : public Pooled {
 public:
  Process(Runtime& runtime, ProcessSlot& slot, Pid pid, std::unique_ptr<ProcessBody> body);
  ~Process();

  /// What a turn ended with.
  enum class TurnEnd : std::uint8_t { more, asleep, ended };

  /// Works off a bounded number of messages. Runs on a fiber of the worker.
  TurnEnd run_turn();
  /// For a parked process: takes what came in; true when it must go on.
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
  /// What a server that it starts remembers of it.
  [[nodiscard]] std::shared_ptr<const Ancestor> as_ancestor();
  [[nodiscard]] std::string label() const { return relations_ ? relations_->label : ""; }
  /// Handles control messages only; the others wait in the mailbox.
  void set_suspended(bool on) {
    suspended_ = on;
    searched_ = nullptr;
  }
  /// The same without a copy.
  [[nodiscard]] const char* label_text() const {
    return relations_ ? relations_->label.c_str() : "";
  }
  /// The type of the message that is handled or was handled last; null when there was none.
  [[nodiscard]] const std::type_info* last_message() const { return last_message_; }
  /// The type of what came as bytes.
  void note_message(const std::type_info& type) { last_message_ = &type; }
  void set_label(std::string label) {
    if (!label.empty()) relations().label = std::move(label);
  }
  void set_child_id(std::string id) {
    if (!id.empty()) relations().child_id = std::move(id);
  }
  /// What people call it: its id in its supervisor, else its label.
  [[nodiscard]] std::string called() const {
    if (!relations_) return "";
    return relations_->child_id.empty() ? relations_->label : relations_->child_id;
  }
  [[nodiscard]] std::string ancestor_names() const;
  /// The id of the child that it starts at the moment, if it does; null ends that.
  void set_starting_child(const std::string* id) { relations().starting_child = id; }
  [[nodiscard]] const std::string* starting_child() const {
    return relations_ ? relations_->starting_child : nullptr;
  }

  /// Opens a request; its answer will be kept. With `answered` its reference will be added there,
  /// so that whoever waits for many need not look at each; it must outlive the request.
  Reference open_request(std::vector<Reference>* answered = nullptr);
  /// Waits until some request has been added to `answered` (true) or the time is over.
  bool wait_listed(const std::vector<Reference>& answered, Duration timeout);
  /// Takes the answer of a request if it has come.
  SignalPointer take_answer(const Reference& request);
  /// Waits for the answer of one request; null when the time was over. Closes the request.
  SignalPointer wait_answer(const Reference& request, Duration timeout);
  /// Waits for an answer that uses memory of this stack: an exit signal acts only afterwards.
  void wait_uninterrupted(Reference request);
  /// Gives a request up; a late answer is dropped.
  void close_request(const Reference& request);
  [[nodiscard]] bool has_answer(const Reference& request);

  /// Waits for a message that `wanted` accepts; null when the time was over.
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
  /// Waits for a message with the reference of a monitor: what it brought, or its `Down`.
  MessagePointer wait_news(const Reference& monitor, Duration timeout);
  /// Takes such a message, if there is one.
  MessagePointer take_news(const Reference& monitor);
  /// Waits for the `Down` of a monitor.
  MessagePointer wait_down(const Reference& monitor, Duration timeout);
  /// Waits for so long, whatever comes in.
  void wait_duration(Duration duration);

  void add_link(Pid other) { relations().links.link(other); }
  /// Ends a link, if there is one, and tells the other process.
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
  /// Messages sent to this reference are taken in: once, or until it is removed.
  void add_alias(Reference reference, bool once) {
    relations().aliases.emplace_back(reference, once);
  }
  bool remove_alias(Reference reference);
  /// Forgets a monitor and takes its message back when it has come; gives the target.
  std::optional<Pid> remove_monitor(Reference reference, bool flush);

  /// Takes in what has come; unwinds the handler when an exit signal has ended the process.
  void notice_exit();
  /// The process ends by itself, when the present handler has returned.
  void end_from_inside(ExitReason reason);
  /// True when it handles no further message.
  [[nodiscard]] bool ending() const { return ended_ != nullptr || dying_ != nullptr; }
  /// Puts a message at the end of the own queue.
  void enqueue_own(MessagePointer message);
  /// The call that is being handled, until it is answered.
  void remember_call(const Pid& caller, const Reference& reference);
  /// The call was answered; false when it is not open here.
  bool forget_call(const Reference& reference);
  /// True when this call was handed to the process and is not answered.
  [[nodiscard]] bool is_unanswered(const Reference& call) const;
  /// Keeps something until a call is answered; false when it is not open here.
  bool hold_until_answered(const Reference& call, std::shared_ptr<void> what);

  /// True when a call of that process waits in the queue.
  [[nodiscard]] bool is_called_by(const Pid& caller) const {
    return queue_.contains([&](const MessageSignal& message) {
      return message.kind == SignalKind::call && message.from == caller;
    });
  }
  /// Messages waiting in the queue and the inbox.
  [[nodiscard]] std::size_t waiting() const {
    return queue_.size() + slot_.inbox.waiting() - published_;
  }
  /// The same, for the process itself: the message that it handles does not wait any more.
  [[nodiscard]] std::size_t own_waiting() {
    take_in();
    return queue_.size();
  }

  /// True while somebody is told of all that it does.
  [[nodiscard]] bool is_traced() const { return traced_; }
  KITH_COLD void trace_sent(const Signal& signal, const Pid& to);
  KITH_COLD void trace_state(std::string name);

  Fiber* parked = nullptr;  ///< the stack it waits on, while it waits inside a handler

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
  /// A message has left the queue.
  void taken(const Signal& message) {
    if (counts_exactly_) publish_queued();
    if (traced_) trace_taken(message);
  }
  /// Says how many messages are in the queue.
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
  Signal* searched_ = nullptr;  // suspended: the last message that was looked at
  bool started_ = false;
  bool initialised_ = false;  // else there is nothing to terminate
  bool trapping_ = false;
  bool suspended_ = false;
  bool traced_ = false;
  bool counts_exactly_ = false;  // somebody depends on how many messages wait
  bool unwinding_ = false;
  bool holds_ = false;  // something is kept until a call is answered
  bool wake_ = false;
  WaitFor waiting_for_ = WaitFor::time;
  std::uint32_t published_ = 0;        // messages in the queue, as others were told last
  WaitLimit* limit_ = nullptr;         // of the present wait
  std::unique_ptr<ExitReason> dying_;  // an exit signal ends it: at the next wait or turn's end
  std::unique_ptr<ExitReason> ended_;  // it ended by itself
  Reference inline_request_;           // the usual single call, without a map
  SignalPointer inline_answer_;
  OpenCall inline_call_;    // the usual single call of somebody else
  SignalPointer watchers_;  // the signals that asked to be told of its end, newest first
  std::unique_ptr<Relations> relations_;
};

}  // namespace kith::detail
