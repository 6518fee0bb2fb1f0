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

Process::~Process() = default;

// --- turns ------------------------------------------------------------------

/// The one place where exceptions of a process become its exit reason.
template <typename F>
void Process::guarded(F f) {
  try {
    f();
  } catch (const ExitProcess& wish) {
    end_from_inside(wish.reason);
  } catch (const ForcedUnwind&) {
    KITH_CHECK(dying_.has_value());
  } catch (const std::exception& problem) {
    end_from_inside(raised(problem.what()));
  } catch (...) {
    end_from_inside(raised("an exception that is not a std::exception"));
  }
}

void Process::end_from_inside(ExitReason reason) {
  if (!ended_) ended_ = std::move(reason);
}

Process::TurnEnd Process::run_turn() {
  take_in();
  if (!started_ && !dying_) {
    started_ = true;
    guarded([this] { body_->start(); });
    initialised_ = !ended_;
    if (!ended_ && !dying_ && body_->done()) ended_ = "normal";
  }
  std::size_t left = limits::turn_messages_max;
  while (!ended_ && !dying_ && left-- > 0) {
    if (!slot_.inbox.empty()) take_in();
    if (dying_) break;
    MessagePointer message = queue_.pop();
    if (!message) break;
    worked_off();
    guarded([&] { body_->handle(std::move(message)); });
    if (!ended_ && !dying_ && body_->done()) ended_ = "normal";
  }
  if (ended_ || dying_) return finish();
  if (!queue_.empty() || !slot_.inbox.fall_asleep()) return TurnEnd::more;
  return TurnEnd::asleep;
}

bool Process::should_resume() {
  wake_ = false;
  take_in();
  return wake_ || dying_.has_value() || !slot_.inbox.fall_asleep();
}

Process::TurnEnd Process::finish() {
  const bool from_inside = ended_.has_value() && !dying_;
  if (from_inside && initialised_) {
    const ExitReason reason = std::move(*ended_);
    ended_.reset();  // an error in `terminate` becomes the reason
    guarded([&] { body_->terminate(reason); });
    if (!ended_) ended_ = reason;
  }
  if (!ended_ || dying_) ended_ = dying_;
  unwinding_ = true;  // destructors of the body must not wait
  body_.reset();
  tell_others();
  return TurnEnd::ended;
}

void Process::tell_others() {
  const ExitReason& reason = *ended_;
  slot_.alive.store(false, std::memory_order_release);
  if (slot_.named.exchange(false, std::memory_order_acq_rel)) runtime_.forget_names(pid_);
  if (runtime_.options.on_exit) runtime_.options.on_exit(pid_, label_, reason);
  if (runtime_.options.log && !is_orderly(reason) && reason != Value("killed")) {
    runtime_.options.log->debug(
        "process", "a process ended",
        {{"pid", to_string(pid_)}, {"label", label_}, {"reason", to_json(reason)}});
  }
  for (auto& [caller, reference] : std::exchange(open_calls_, {})) {
    auto failure = std::make_unique<ReasonSignal>(SignalKind::call_failed, reason);
    failure->reference = reference;
    failure->from = pid_;
    runtime_.send(caller, std::move(failure));
  }
  for (const Pid& other : std::exchange(links_, {})) {
    auto signal = std::make_unique<ReasonSignal>(SignalKind::exit, reason);
    signal->linked = true;
    signal->from = pid_;
    runtime_.send(other, std::move(signal));
  }
  for (auto& [watcher, reference] : std::exchange(watchers_, {})) {
    auto down = std::make_unique<ReasonSignal>(SignalKind::down, reason);
    down->reference = reference;
    down->from = pid_;
    runtime_.send(watcher, std::move(down));
  }
  for (auto& [reference, target] : std::exchange(monitors_, {})) {
    auto signal = std::make_unique<Signal>(SignalKind::demonitor);
    signal->reference = reference;
    signal->from = pid_;
    runtime_.send(target, std::move(signal));
  }
  while (MessagePointer left = queue_.pop()) fail_call(*left, reason);
  for (Signal* at = slot_.inbox.close(); at != nullptr;) {
    const SignalPointer signal(std::exchange(at, at->next));
    if (signal->kind == SignalKind::call)
      fail_call(*signal, reason);
    else
      refuse(pid_, *signal);
  }
}

/// A caller whose request was still waiting learns why the process ended, as with OTP's monitors.
void Process::fail_call(Signal& signal, const ExitReason& reason) {
  worked_off();
  if (signal.kind != SignalKind::call) return;
  auto failure = std::make_unique<ReasonSignal>(SignalKind::call_failed, reason);
  failure->reference = signal.reference;
  failure->from = pid_;
  runtime_.send(signal.from, std::move(failure));
}

// --- what comes in ----------------------------------------------------------

void Process::take_in() {
  for (Signal* at = slot_.inbox.take(); at != nullptr;) {
    SignalPointer signal(at);
    at = at->next;
    if (signal->generation != pid_.generation) {
      refuse(Pid{pid_.node, pid_.index, signal->generation}, *signal);
      continue;
    }
    accept(std::move(signal));
  }
}

void Process::accept(SignalPointer signal) {
  switch (signal->kind) {
    case SignalKind::message:
      if (!is_wanted(*signal)) return worked_off();
      [[fallthrough]];
    case SignalKind::call:
      queue_.push(MessagePointer(static_cast<MessageSignal*>(signal.release())));
      if (waiting_for_ == WaitFor::messages) wake_ = true;
      return;
    case SignalKind::reply:
    case SignalKind::call_failed:
      return accept_answer(std::move(signal));
    case SignalKind::call_forgotten:
      forget_call(signal->reference);
      return;
    case SignalKind::link:
      add_link(signal->from);
      return;
    case SignalKind::unlink:
      remove_link(signal->from);
      return;
    case SignalKind::exit:
      return accept_exit(static_cast<ReasonSignal&>(*signal));
    case SignalKind::monitor:
      watchers_.emplace_back(signal->from, signal->reference);
      return;
    case SignalKind::demonitor:
      std::erase(watchers_, std::pair(signal->from, signal->reference));
      return;
    case SignalKind::down:
      return accept_down(static_cast<ReasonSignal&>(*signal));
    case SignalKind::wake:
      if (signal->reference == wake_timer_) wake_ = true;
      return;
  }
}

/// A message to a reference arrives as long as that is an alias, or a monitor that has not fired.
bool Process::is_wanted(const Signal& message) {
  const Reference reference = message.reference;
  if (!reference || monitors_.contains(reference)) return true;
  const auto alias = std::ranges::find(aliases_, reference, &std::pair<Reference, bool>::first);
  if (alias == aliases_.end()) return false;
  if (alias->second) aliases_.erase(alias);
  return true;
}

bool Process::remove_alias(Reference reference) {
  return std::erase_if(aliases_, [&](const auto& each) { return each.first == reference; }) > 0;
}

void Process::accept_answer(SignalPointer signal) {
  if (signal->reference == inline_request_) {
    inline_answer_ = std::move(signal);
  } else if (const auto it = requests_.find(signal->reference.id); it != requests_.end()) {
    it->second.answer = std::move(signal);
  } else {
    return;  // late: the caller has given up
  }
  if (waiting_for_ == WaitFor::answers) wake_ = true;
}

/// Erlang reference manual, "Receiving Exit Signals".
void Process::accept_exit(ReasonSignal& signal) {
  if (signal.linked && !linked_to(signal.from)) return;
  if (signal.linked) remove_link(signal.from);
  if (!signal.linked && signal.reason == Value("kill")) {
    if (!dying_) dying_ = "killed";
  } else if (trapping_) {
    auto message = std::make_unique<TypedMessage<Exit>>(SignalKind::message, signal.from,
                                                        std::move(signal.reason));
    message->from = signal.from;
    enqueue_own(std::move(message));
  } else if (signal.reason != Value("normal") || signal.from == pid_) {
    if (!dying_) dying_ = std::move(signal.reason);
  }
}

void Process::accept_down(ReasonSignal& signal) {
  const auto it = monitors_.find(signal.reference);
  if (it == monitors_.end()) return;  // demonitored meanwhile
  const Pid target = it->second;
  monitors_.erase(it);
  enqueue_own(std::make_unique<TypedMessage<Down>>(SignalKind::message, signal.reference, target,
                                                   std::move(signal.reason)));
}

void Process::enqueue_own(MessagePointer message) {
  message->generation = pid_.generation;
  slot_.waiting.fetch_add(1, std::memory_order_relaxed);
  queue_.push(std::move(message));
  if (waiting_for_ == WaitFor::messages) wake_ = true;
}

/// A signal that this process will not see, though it was counted when it was sent.
void Process::refuse(Pid to, Signal& signal) {
  if (signal.kind == SignalKind::message || signal.kind == SignalKind::call) worked_off();
  runtime_.bounce(to, signal);
}

// --- waiting ----------------------------------------------------------------

/// Whoever wakes the process must find it pinned to the worker that owns its stack, so that comes
/// before it counts as asleep.
void Process::park_unless_signalled() {
  KITH_CHECK(!unwinding_ && "a process waited while it was being unwound");
  Worker& worker = *Worker::current();
  slot_.pinned.store(worker.index(), std::memory_order_release);
  if (slot_.inbox.fall_asleep())
    worker.park(*this);
  else
    slot_.pinned.store(-1, std::memory_order_relaxed);
}

/// Waits until something of that kind may have come (true) or the deadline passed (false). Throws
/// `ForcedUnwind` when an exit signal ends the process.
bool Process::wait_for(WaitFor what, std::optional<TimePoint> deadline) {
  const auto must_unwind = [this] { return dying_.has_value(); };
  if (!must_unwind() && deadline && *deadline <= runtime_.clock.now()) return false;
  TimerHandle timer;
  wake_timer_ = Reference{};
  if (deadline && !must_unwind()) {
    auto signal = std::make_unique<Signal>(SignalKind::wake);
    wake_timer_ = signal->reference = runtime_.new_reference();
    timer = runtime_.arm(*deadline, pid_, std::move(signal));
  }
  waiting_for_ = what;
  wake_ = false;
  take_in();
  while (!wake_ && !must_unwind()) {
    park_unless_signalled();
    take_in();
  }
  waiting_for_ = WaitFor::time;
  if (timer.worker >= 0) runtime_.cancel(timer);
  throw_if_dying();
  return true;
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

void Process::wait_deadline(TimePoint deadline) {
  take_in();
  while (wait_for(WaitFor::time, deadline)) {
  }
}

// --- requests ---------------------------------------------------------------

Reference Process::open_request() {
  const Reference reference = runtime_.new_reference();
  if (!inline_request_)
    inline_request_ = reference;
  else
    requests_.emplace(reference.id, PendingAnswer{});
  return reference;
}

void Process::close_request(Reference request) {
  if (request == inline_request_) {
    inline_request_ = Reference{};
    inline_answer_.reset();
  } else {
    requests_.erase(request.id);
  }
}

bool Process::has_answer(Reference request) const {
  if (request == inline_request_) return inline_answer_ != nullptr;
  const auto it = requests_.find(request.id);
  return it != requests_.end() && it->second.answer != nullptr;
}

SignalPointer Process::take_answer(Reference request) {
  if (!has_answer(request)) return nullptr;
  SignalPointer answer = request == inline_request_ ? std::move(inline_answer_)
                                                    : std::move(requests_.at(request.id).answer);
  close_request(request);
  return answer;
}

SignalPointer Process::wait_answer(Reference request, std::optional<TimePoint> deadline) {
  wait_any_answer({request}, deadline);
  SignalPointer answer = take_answer(request);
  if (!answer) close_request(request);
  return answer;
}

bool Process::wait_any_answer(const std::vector<Reference>& requests,
                              std::optional<TimePoint> deadline) {
  const auto answered = [&] {
    return std::ranges::any_of(requests, [this](Reference r) { return has_answer(r); });
  };
  take_in();
  while (!answered()) {
    if (!wait_for(WaitFor::answers, deadline)) return false;
  }
  return true;
}

void Process::remember_call(Pid caller, Reference reference) {
  open_calls_.emplace_back(caller, reference);
}

bool Process::forget_call(Reference reference) {
  return std::erase_if(open_calls_, [&](const auto& open) { return open.second == reference; }) > 0;
}

// --- links and monitors -----------------------------------------------------

void Process::add_link(Pid other) {
  if (!linked_to(other)) links_.push_back(other);
}

void Process::remove_link(Pid other) {
  std::erase(links_, other);
}

bool Process::linked_to(Pid other) const {
  return std::ranges::find(links_, other) != links_.end();
}

std::optional<Pid> Process::remove_monitor(Reference reference, bool flush) {
  if (const auto it = monitors_.find(reference); it != monitors_.end()) {
    const Pid target = it->second;
    monitors_.erase(it);
    return target;
  }
  if (flush) {
    take_in();
    Signal* after = nullptr;
    const auto same = [&](MessageSignal& message) {
      return message.type() == typeid(Down) &&
             static_cast<Down*>(message.content())->reference == reference;
    };
    if (queue_.take_if(after, same)) worked_off();
  }
  return std::nullopt;
}

}  // namespace kith::detail
