// SPDX-License-Identifier: Apache-2.0
#include "actor/internal/process.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include "actor/internal/runtime.hpp"
#include "actor/internal/worker.hpp"
#include "core/check.hpp"
#include "core/limits.hpp"

namespace kith::detail {

Process::Process(Runtime& runtime, ProcessSlot& slot, Pid pid, std::unique_ptr<ProcessBody> body)
    : runtime_(runtime), slot_(slot), pid_(pid), body_(std::move(body)) {}

Process::~Process() {
  KITH_CHECK(watchers_ == nullptr);
}

// --- turns ------------------------------------------------------------------

/// Converts exceptions of a process to its exit reason; there is no other place that does.
template <typename F>
void Process::guarded(F f) {
  try {
    f();
  } catch (const ExitProcess& wish) {
    end_from_inside(wish.reason);
  } catch (const ForcedUnwind&) {
    KITH_CHECK(dying_ != nullptr);
  } catch (const std::exception& problem) {
    end_from_inside(raised(problem.what()));
  } catch (...) {
    end_from_inside(raised("an exception that is not a std::exception"));
  }
}

void Process::end_from_inside(ExitReason reason) {
  if (!ended_) ended_ = std::make_unique<ExitReason>(std::move(reason));
}

void Process::die(ExitReason reason) {
  if (!dying_) dying_ = std::make_unique<ExitReason>(std::move(reason));
}

Relations& Process::relations() {
  if (!relations_) relations_ = std::make_unique<Relations>();
  return *relations_;
}

Process::TurnEnd Process::run_turn() {
  take_in();
  if (!started_ && !dying_) {
    started_ = true;
    guarded([this] { body_->start(); });
    initialised_ = !ended_;
    if (!ending()) guarded([this] { body_->after_start(); });
    if (!ending() && body_->runs_once()) end_from_inside("normal");
  }
  std::size_t left = limits::turn_messages_max;
  for (; !ending() && left > 0; --left) {
    // The inbox is shared with senders: it is read only when the private queue is empty.
    if (queue_.empty()) take_in();
    if (dying_) break;
    MessagePointer message = next_message();
    if (!message) break;
    taken(*message);
    last_message_ = &message->type();
    guarded([&] { body_->handle(std::move(message)); });
    searched_ = nullptr;  // the handler may have removed what it pointed at
  }
  if (ending()) return finish();
  // A suspended process ends the loop early once its queue has no control message left.
  const bool has_work = suspended_ ? left == 0 : !queue_.empty();
  if (has_work || !fall_asleep()) return TurnEnd::more;
  return TurnEnd::asleep;
}

MessagePointer Process::next_message() {
  if (!suspended_) return queue_.pop();
  take_in();
  return queue_.take_if(searched_, [](const MessageSignal& message) { return message.is_control; });
}

bool Process::should_resume() {
  wake_ = false;
  take_in();
  return wake_ || dying_ != nullptr || !fall_asleep();
}

Process::TurnEnd Process::finish() {
  const bool from_inside = ended_ != nullptr && !dying_;
  if (from_inside && initialised_) {
    const ExitReason reason = std::move(*ended_);
    ended_.reset();  // an error in `terminate` becomes the reason
    guarded([&] { body_->terminate(reason); });
    if (!ended_) ended_ = std::make_unique<ExitReason>(reason);
  }
  // An exit signal that arrived meanwhile takes precedence. Only the process that failed reports:
  // those that end with it through links would repeat its reason.
  if (!ended_ || dying_) ended_ = std::move(dying_);
  if (from_inside && !is_orderly(*ended_)) report_crash();
  unwinding_ = true;  // destructors of the body must not wait
  body_.reset();
  tell_others();
  return TurnEnd::ended;
}

/// Notifies others of the end. Names are released first, so that a receiver of the `Down` or the
/// exit signal can take them at once; the callers of open calls come next, then links, then
/// monitors. The inbox is closed last: until then senders still add signals, and each call among
/// these must be failed.
void Process::tell_others() {
  const ExitReason& reason = *ended_;
  if (traced_) trace_end(reason);
  slot_.alive.store(false, std::memory_order_release);
  const std::uint32_t marks = slot_.marks.exchange(ProcessSlot::ended, std::memory_order_acq_rel);
  if ((marks & ProcessSlot::named) != 0) runtime_.forget_names(pid_);
  runtime_.forget_timers(pid_, marks);
  if (runtime_.options.on_exit) runtime_.options.on_exit(pid_, label(), reason);
  if (inline_call_.reference) fail_open_call(std::exchange(inline_call_, {}), reason);
  if (relations_) tell_links(*relations_, reason);
  tell_watchers(reason);
  if (relations_) tell_watched(*relations_);
  give_up_requests();
  while (MessagePointer left = queue_.pop()) fail_call(*left, reason);
  for (Signal* at = slot_.inbox.close(); at != nullptr;) {
    const SignalPointer signal(std::exchange(at, at->next));
    if (signal->kind == SignalKind::call)
      fail_call(*signal, reason);
    else
      runtime_.bounce(pid_, *signal);
  }
}

void Process::fail_open_call(const OpenCall& call, const ExitReason& reason) {
  auto failure = std::make_unique<ReasonSignal>(SignalKind::call_failed, reason);
  failure->reference = call.reference;
  failure->from = pid_;
  runtime_.send(call.caller, std::move(failure));
}

/// Fails a call that was still queued with the exit reason, as OTP does through a monitor.
void Process::fail_call(Signal& signal, const ExitReason& reason) {
  if (signal.kind != SignalKind::call) return;
  auto failure = std::make_unique<ReasonSignal>(SignalKind::call_failed, reason);
  failure->reference = signal.reference;
  failure->from = pid_;
  runtime_.send(signal.from, std::move(failure));
}

// --- what comes in ----------------------------------------------------------

void Process::take_in() {
  if (slot_.inbox.empty()) return;
  counts_exactly_ = slot_.inbox.counts_exactly();
  for (Signal* at = slot_.inbox.take(); at != nullptr;) {
    SignalPointer signal(at);
    at = at->next;
    if (signal->generation != pid_.generation) {  // for an earlier process of this slot
      runtime_.bounce(Pid{pid_.node, pid_.index, signal->generation}, *signal);
      continue;
    }
    accept(std::move(signal));
  }
  if (published_ != queue_.size()) publish_queued();
}

/// Marks the process as asleep unless signals have arrived. Publishes the length of its queue
/// first, since senders check the bound of the mailbox while it sleeps.
bool Process::fall_asleep() {
  if (published_ != queue_.size()) publish_queued();
  return slot_.inbox.fall_asleep();
}

void Process::accept(SignalPointer signal) {
  switch (signal->kind) {
    case SignalKind::message:
      if (signal->reference && !is_wanted(signal->reference)) return;
      [[fallthrough]];
    case SignalKind::call:
      queue_.push(MessagePointer(static_cast<MessageSignal*>(signal.release())));
      if (waiting_for_ == WaitFor::messages) wake_ = true;
      return;
    case SignalKind::reply:
    case SignalKind::call_failed:
      return accept_answer(std::move(signal));
    default:
      return accept_notice(std::move(signal));
  }
}

/// Handles a signal that is neither a message nor an answer.
void Process::accept_notice(SignalPointer signal) {
  switch (signal->kind) {
    case SignalKind::call_forgotten:
      forget_call(signal->reference);
      return;
    case SignalKind::link:
      relations().links.linked_by(signal->from);
      return;
    case SignalKind::unlink:
      return accept_unlink(std::move(signal));
    case SignalKind::unlink_acknowledged:
      if (relations_) relations_->links.acknowledged_by(signal->from, signal->reference.id);
      return;
    case SignalKind::exit:
      return accept_exit(static_cast<ReasonSignal&>(*signal));
    case SignalKind::monitor:
      signal->next = watchers_.release();
      watchers_ = std::move(signal);
      return;
    case SignalKind::demonitor:
      return forget_watcher(*signal);
    case SignalKind::down:
      return accept_down(std::move(signal));
    case SignalKind::info:
      return tell_info(*signal);
    case SignalKind::trace:
      return begin_trace(*signal);
    case SignalKind::wake:
      if (limit_ != nullptr && limit_->number() == signal->reference.id) {
        limit_->expire();
        wake_ = true;
      }
      return;
    default:
      return;
  }
}

/// True for the reference of an alias, or of a monitor that has not fired: messages to other
/// references are dropped.
bool Process::is_wanted(const Reference& reference) {
  if (!relations_) return false;
  if (relations_->monitors.find(reference.id) != nullptr) return true;
  auto& aliases = relations_->aliases;
  const auto alias = std::ranges::find(aliases, reference, &std::pair<Reference, bool>::first);
  if (alias == aliases.end()) return false;
  if (alias->second) aliases.erase(alias);
  return true;
}

bool Process::remove_alias(Reference reference) {
  return relations_ && std::erase_if(relations_->aliases,
                                     [&](const auto& each) { return each.first == reference; }) > 0;
}

void Process::accept_answer(SignalPointer signal) {
  if (signal->reference == inline_request_) {
    if (inline_answer_) return;  // only the first answer counts
    inline_answer_ = std::move(signal);
  } else if (PendingAnswer* open =
                 relations_ ? relations_->requests.find(signal->reference.id) : nullptr) {
    if (open->answer) return;
    if (open->answered != nullptr) open->answered->push_back(signal->reference);
    open->answer = std::move(signal);
  } else {
    return;  // late: the request was closed
  }
  if (waiting_for_ == WaitFor::answers) wake_ = true;
}

/// Ends the process, or converts the signal to a message if it traps exits.
/// Source: Erlang reference manual, "Receiving Exit Signals".
void Process::accept_exit(ReasonSignal& signal) {
  if (signal.linked && !break_link(signal)) return;
  if (!signal.linked && signal.reason == Value("kill")) {
    die("killed");
  } else if (trapping_) {
    auto message = std::make_unique<TypedMessage<Exit>>(SignalKind::message, signal.from,
                                                        std::move(signal.reason));
    message->from = signal.from;
    message->is_control = signal.from == parent_;
    enqueue_own(std::move(message));
  } else if (signal.reason != Value("normal") || signal.from == pid_) {
    die(std::move(signal.reason));
  }
}

void Process::accept_down(SignalPointer signal) {
  if (!relations_) return;
  const std::optional<Pid> target = relations_->monitors.take(signal->reference.id);
  if (!target) return;  // the monitor was removed meanwhile
  std::unique_ptr<DownSignal> down(static_cast<DownSignal*>(signal.release()));
  down->kind = SignalKind::message;
  down->is_down = true;
  down->value.pid = *target;
  enqueue_own(std::move(down));
}

void Process::enqueue_own(MessagePointer message) {
  message->generation = pid_.generation;
  queue_.push(std::move(message));
  if (waiting_for_ == WaitFor::messages) wake_ = true;
}

// --- waiting ----------------------------------------------------------------

/// Parks the process unless signals have arrived. It is pinned to the worker that owns its stack
/// before it is marked as asleep, since from then on a sender may schedule it.
void Process::park_unless_signalled() {
  KITH_CHECK(!unwinding_ && "a process waited while it was being unwound");
  Worker& worker = *Worker::current();
  slot_.pinned.store(worker.index(), std::memory_order_release);
  if (fall_asleep())
    worker.park(*this);
  else
    slot_.pinned.store(-1, std::memory_order_relaxed);
}

/// Waits until a signal of that kind may have arrived; false after the limit. Throws `ForcedUnwind`
/// if an exit signal ends the process.
bool Process::wait_for(WaitFor what, WaitLimit& limit) {
  if (!dying_ && limit.expired()) return false;
  limit_ = &limit;
  waiting_for_ = what;
  wake_ = false;
  take_in();
  while (!wake_ && !dying_) {
    limit.begin();
    park_unless_signalled();
    take_in();
  }
  waiting_for_ = WaitFor::time;
  limit_ = nullptr;
  throw_if_dying();
  return true;
}

void Process::notice_exit() {
  take_in();
  throw_if_dying();
}

void Process::throw_if_dying() {
  if (!dying_) return;
  KITH_CHECK(!unwinding_ && "a process waited while it was being unwound");
  unwinding_ = true;
  throw ForcedUnwind{};
}

void Process::wait_uninterrupted(Reference request) {
  waiting_for_ = WaitFor::answers;
  take_in();
  while (!has_answer(request)) {
    park_unless_signalled();
    take_in();
  }
  waiting_for_ = WaitFor::time;
  close_request(request);
  throw_if_dying();
}

/// Waits until `take()` returns a message; null after `timeout`.
template <typename Take>
MessagePointer Process::wait_taken(Duration timeout, Take take) {
  WaitLimit limit(*this, timeout);
  for (;;) {
    take_in();
    if (MessagePointer found = take()) {
      taken(*found);
      return found;
    }
    if (!wait_for(WaitFor::messages, limit)) return nullptr;
  }
}

MessagePointer Process::wait_news(const Reference& monitor, Duration timeout) {
  return wait_taken(timeout, [&] {
    MessagePointer brought = queue_.take_news(monitor, false);
    return brought ? std::move(brought) : queue_.take_news(monitor, true);
  });
}

MessagePointer Process::wait_down(const Reference& monitor, Duration timeout) {
  return wait_taken(timeout, [&] { return queue_.take_news(monitor, true); });
}

MessagePointer Process::take_news(const Reference& monitor) {
  take_in();
  MessagePointer found = queue_.take_news(monitor, false);
  if (!found) found = queue_.take_news(monitor, true);
  if (found) taken(*found);
  return found;
}

void Process::wait_duration(Duration duration) {
  take_in();
  WaitLimit limit(*this, duration);
  if (!limit.expired()) limit.begin_now();
  while (wait_for(WaitFor::time, limit)) {
  }
}

// --- requests ---------------------------------------------------------------

Reference Process::open_request(std::vector<Reference>* answered) {
  const Reference reference = runtime_.new_reference();
  if (!inline_request_ && answered == nullptr)
    inline_request_ = reference;
  else
    relations().requests.insert(reference.id, {nullptr, answered});
  return reference;
}

bool Process::wait_listed(const std::vector<Reference>& answered, Duration timeout) {
  WaitLimit limit(*this, timeout);
  take_in();
  while (answered.empty()) {
    if (!wait_for(WaitFor::answers, limit)) return false;
  }
  return true;
}

void Process::close_request(const Reference& request) {
  const SignalPointer* answer = pending(request);
  if (answer != nullptr && *answer == nullptr) runtime_.forget_call(request);
  drop_request(request);
}

void Process::drop_request(const Reference& request) {
  if (request == inline_request_) {
    inline_request_ = Reference{};
    inline_answer_.reset();
  } else if (relations_) {
    relations_->requests.take(request.id);
  }
}

/// Returns the place of the answer to an open request; null if the request is not open here.
SignalPointer* Process::pending(const Reference& request) {
  if (!request) return nullptr;
  if (request == inline_request_) return &inline_answer_;
  PendingAnswer* open = relations_ ? relations_->requests.find(request.id) : nullptr;
  return open == nullptr ? nullptr : &open->answer;
}

bool Process::has_answer(const Reference& request) {
  const SignalPointer* answer = pending(request);
  return answer != nullptr && *answer != nullptr;
}

SignalPointer Process::take_answer(const Reference& request) {
  if (!has_answer(request)) return nullptr;
  SignalPointer answer = std::move(*pending(request));
  drop_request(request);
  if (traced_) trace_taken(*answer);
  return answer;
}

SignalPointer Process::wait_answer(const Reference& request, Duration timeout) {
  WaitLimit limit(*this, timeout);
  take_in();
  while (!has_answer(request)) {
    if (!wait_for(WaitFor::answers, limit)) break;
  }
  SignalPointer answer = take_answer(request);
  if (!answer) close_request(request);
  return answer;
}

void Process::remember_call(const Pid& caller, const Reference& reference) {
  if (!inline_call_.reference)
    inline_call_ = {caller, reference};
  else
    relations().open_calls.push_back({caller, reference});
}

bool Process::forget_call(const Reference& reference) {
  if (holds_) [[unlikely]]
    let_go(reference);
  if (inline_call_.reference == reference) {
    inline_call_ = {};
    return true;
  }
  if (!relations_) return false;
  return std::erase_if(relations_->open_calls,
                       [&](const OpenCall& open) { return open.reference == reference; }) > 0;
}

}  // namespace kith::detail
