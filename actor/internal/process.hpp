#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "actor/internal/fiber.hpp"
#include "actor/internal/inbox.hpp"
#include "actor/process_body.hpp"
#include "core/clock.hpp"

namespace kith::detail {

class Process;
class Runtime;
class Worker;

/// A place in the process table. Its memory is never given back while the system lives, so that a
/// sender needs no lock to reach it; a signal for an earlier user of the place is recognised by its
/// generation. Thread-safety: the atomics and the inbox from any thread, the rest by the runner.
struct ProcessSlot {
  Inbox inbox;
  std::atomic<std::uint32_t> generation{0};
  std::atomic<std::int32_t> waiting{0};  ///< messages sent and not yet worked off
  std::atomic<std::int32_t> bound{0};    ///< how many may wait
  std::atomic<int> pinned{-1};           ///< the worker whose stack it is parked on, or -1
  std::atomic<int> home{0};              ///< the worker that ran it last
  std::atomic<bool> alive{false};
  std::atomic<bool> named{false};  ///< somebody must forget its names when it ends
  std::uint32_t index = 0;
  std::unique_ptr<Process> process;
};

/// An answer somebody waits for: a reply, `call_failed`, or nothing yet.
struct PendingAnswer {
  SignalPointer answer;
};

/// The living process behind a slot. Everything here runs on the worker that runs the process.
/// Thread-safety: none.
class Process {
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

  [[nodiscard]] Pid pid() const { return pid_; }
  [[nodiscard]] Runtime& runtime() { return runtime_; }
  [[nodiscard]] bool trapping() const { return trapping_; }
  void set_trapping(bool on) { trapping_ = on; }
  [[nodiscard]] Pid parent() const { return parent_; }
  void set_parent(Pid parent) { parent_ = parent; }
  [[nodiscard]] const std::string& label() const { return label_; }
  void set_label(std::string label) { label_ = std::move(label); }

  /// Opens a request; its answer will be kept.
  Reference open_request();
  /// Takes the answer of a request if it has come.
  SignalPointer take_answer(Reference request);
  /// Waits for the answer of one request; null when the deadline passed. Closes the request.
  SignalPointer wait_answer(Reference request, std::optional<TimePoint> deadline);
  /// Waits for an answer that uses memory of this stack: an exit signal acts only afterwards.
  void wait_uninterrupted(Reference request);
  /// Waits until one of these has an answer (true) or the deadline passed.
  bool wait_any_answer(const std::vector<Reference>& requests, std::optional<TimePoint> deadline);
  /// Forgets a request; a late answer is dropped.
  void close_request(Reference request);
  [[nodiscard]] bool has_answer(Reference request) const;

  /// Waits for a message that `wanted` accepts; null when the deadline passed.
  template <typename Wanted>
  MessagePointer wait_message(std::optional<TimePoint> deadline, Wanted wanted) {
    Signal* after = nullptr;
    for (;;) {
      take_in();
      if (MessagePointer found = queue_.take_if(after, wanted)) {
        worked_off();
        return found;
      }
      if (!wait_for(WaitFor::messages, deadline)) return nullptr;
    }
  }
  /// Takes a message that `wanted` accepts, if there is one.
  template <typename Wanted>
  MessagePointer take_message(Wanted wanted) {
    Signal* after = nullptr;
    take_in();
    MessagePointer found = queue_.take_if(after, wanted);
    if (found) worked_off();
    return found;
  }
  /// Waits until the deadline, whatever comes in.
  void wait_deadline(TimePoint deadline);

  void add_link(Pid other);
  void remove_link(Pid other);
  [[nodiscard]] bool linked_to(Pid other) const;
  [[nodiscard]] const std::vector<Pid>& links() const { return links_; }
  /// Messages sent to this reference are taken in: once, or until it is removed.
  void add_alias(Reference reference, bool once) { aliases_.emplace_back(reference, once); }
  bool remove_alias(Reference reference);
  void add_monitor(Reference reference, Pid target) { monitors_.emplace(reference, target); }
  /// Forgets a monitor and takes its message back when it has come; gives the target.
  std::optional<Pid> remove_monitor(Reference reference, bool flush);

  /// Puts a message at the end of the own queue.
  void enqueue_own(MessagePointer message);
  /// The call that is being handled, until it is answered.
  void remember_call(Pid caller, Reference reference);
  /// The call was answered; false when it is not open here.
  bool forget_call(Reference reference);

  /// Messages waiting in the queue and the inbox.
  [[nodiscard]] std::size_t waiting() const {
    return static_cast<std::size_t>(slot_.waiting.load(std::memory_order_relaxed));
  }

  Fiber* parked = nullptr;  ///< the stack it waits on, while it waits inside a handler

 private:
  enum class WaitFor : std::uint8_t { answers, messages, time };

  void take_in();
  void accept(SignalPointer signal);
  [[nodiscard]] bool is_wanted(const Signal& message);
  void accept_exit(ReasonSignal& signal);
  void accept_answer(SignalPointer signal);
  void accept_down(ReasonSignal& signal);
  bool wait_for(WaitFor what, std::optional<TimePoint> deadline);
  void throw_if_dying();
  void park_unless_signalled();
  void worked_off() { slot_.waiting.fetch_sub(1, std::memory_order_relaxed); }
  void refuse(Pid to, Signal& signal);
  void fail_call(Signal& signal, const ExitReason& reason);
  template <typename F>
  void guarded(F f);
  void end_from_inside(ExitReason reason);
  TurnEnd finish();
  void tell_others();

  Runtime& runtime_;
  ProcessSlot& slot_;
  const Pid pid_;
  Pid parent_;
  std::unique_ptr<ProcessBody> body_;
  MessageQueue queue_;
  std::string label_;
  bool started_ = false;
  bool initialised_ = false;  // else there is nothing to terminate
  bool trapping_ = false;
  bool unwinding_ = false;
  bool wake_ = false;
  WaitFor waiting_for_ = WaitFor::time;
  Reference wake_timer_;             // the `wake` signal that counts
  std::optional<ExitReason> dying_;  // an exit signal ends it: at the next wait or turn's end
  std::optional<ExitReason> ended_;  // it ended by itself
  Reference inline_request_;         // the usual single call, without a map
  SignalPointer inline_answer_;
  std::unordered_map<std::uint64_t, PendingAnswer> requests_;  // never iterated
  std::vector<Pid> links_;
  std::map<Reference, Pid> monitors_;
  std::vector<std::pair<Reference, bool>> aliases_;  // the flag: for one message only
  std::vector<std::pair<Pid, Reference>> watchers_;
  std::vector<std::pair<Pid, Reference>> open_calls_;
};

}  // namespace kith::detail
