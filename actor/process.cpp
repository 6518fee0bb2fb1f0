// SPDX-License-Identifier: Apache-2.0
#include "actor/process.hpp"

#include <cstdio>
#include <cstdlib>
#include <system_error>

#include "actor/internal/process.hpp"
#include "actor/internal/runtime.hpp"
#include "core/check.hpp"
#include "core/compiler.hpp"

namespace kith {
namespace detail {
namespace {

Process& this_process() {
  Process* process = current_process();
  if (process == nullptr) not_in_a_process();
  return *process;
}

}  // namespace

void not_in_a_process() {
  std::fputs(
      "kith: a function for processes was called from a plain thread; pass the System or Node as "
      "its first argument, or wrap the code in system.run(...)\n",
      stderr);
  std::abort();
}

void end_after_turn(ExitReason reason) {
  this_process().end_from_inside(std::move(reason));
}

System& this_system() {
  return *this_process().runtime().system;
}

const WireFormat* wire_format() {
  return this_process().runtime().options.format;
}

KITH_COLD static Error no_connection(const Pid& whom) {
  return Error(ErrorCode::no_connection, to_string(whom) + " lives on another node");
}

KITH_COLD static Error overloaded(const Pid& whom) {
  return Error(ErrorCode::overloaded,
               "the mailbox of " + to_string(whom) + ", or the queue to its node, is full");
}

KITH_COLD static Error cannot_travel(const Pid& whom, Runtime::Delivery delivery) {
  const std::string where = " so it cannot reach " + to_string(whom) + " on another node";
  if (delivery == Runtime::Delivery::no_wire_form) {
    return {ErrorCode::invalid_argument, "the message has no KITH_WIRE," + where};
  }
  return {ErrorCode::invalid_argument, "the message is larger than the limit of " +
                                           std::to_string(limits::frame_size_bytes_max) +
                                           " bytes," + where + ": send it in parts"};
}

static Result<void> outcome(Runtime::Delivery delivery, const Pid& to) {
  switch (delivery) {
    case Runtime::Delivery::sent:
    case Runtime::Delivery::no_process:
      return {};
    case Runtime::Delivery::overloaded:
      return overloaded(to);
    case Runtime::Delivery::no_wire_form:
    case Runtime::Delivery::too_large:
      return cannot_travel(to, delivery);
    case Runtime::Delivery::no_connection:
      break;
  }
  return no_connection(to);
}

Result<void> send_message(System& system, const Pid& to, MessagePointer message) {
  if (Process* process = current_process()) {
    message->from = process->pid();
    if (process->is_traced()) process->trace_sent(*message, to);
  }
  return outcome(system.runtime().send(to, std::move(message)), to);
}

KITH_FLATTEN Result<void> send_message(const Pid& to, MessagePointer message) {
  Process& process = this_process();
  message->from = process.pid();
  if (process.is_traced()) process.trace_sent(*message, to);
  return outcome(process.runtime().send(to, std::move(message)), to);
}

KITH_COLD static Error called_itself() {
  return Error(ErrorCode::invalid_argument, "a process cannot call itself");
}

Result<Reference> begin_call(const Pid& to, MessagePointer message) {
  Process& process = this_process();
  if (to == process.pid()) return called_itself();
  const Reference request = process.open_request();
  message->from = process.pid();
  message->reference = request;
  if (process.is_traced()) process.trace_sent(*message, to);
  // All other failures of delivery arrive as the answer: the runtime sends `call_failed`.
  if (process.runtime().send(to, std::move(message)) == Runtime::Delivery::overloaded) {
    process.close_request(request);
    return overloaded(to);
  }
  return request;
}

/// Decodes the reason of a `call_failed`: ["error", code, text] or ["error", code, text, exit
/// reason] from `failure`, else the exit reason of the server.
KITH_COLD Error call_error(const ExitReason& reason, Pid whom) {
  if (const auto* array = reason.get_if<ValueArray>();
      array && (array->size() == 3 || array->size() == 4) && array->front() == Value("error")) {
    if (const auto code = error_code_from_string((*array)[1].text_or(""))) {
      const Error error(*code, (*array)[2].text_or(""));
      return array->size() == 4 ? error.with_reason((*array)[3]) : error;
    }
  }
  if (reason == Value("noproc")) {
    return Error(ErrorCode::no_process, "the process " + to_string(whom) + " does not exist");
  }
  if (reason == Value("noconnection")) {
    return Error(ErrorCode::no_connection,
                 "the node of the process " + to_string(whom) + " cannot be reached");
  }
  return Error(ErrorCode::crashed, "the process ended before it answered: " + to_json(reason))
      .with_reason(reason);
}

KITH_COLD static Error no_answer(const Pid& whom, Duration timeout) {
  const auto waited = std::chrono::duration_cast<std::chrono::milliseconds>(timeout);
  std::string text =
      "no answer from " + to_string(whom) + " in " + std::to_string(waited.count()) + " ms";
  const Process& process = this_process();
  if (process.is_called_by(whom)) {  // a deadlock of two servers that call each other
    text += ": it waits for an answer of " + to_string(process.pid()) + ", which waits for it";
  }
  return Error(ErrorCode::timeout, std::move(text));
}

Result<SignalPointer> wait_reply(const Reference& request, Duration timeout, const Pid& whom) {
  SignalPointer answer = this_process().wait_answer(request, timeout);
  if (!answer) return no_answer(whom, timeout);
  if (answer->kind == SignalKind::call_failed) {
    return call_error(static_cast<ReasonSignal&>(*answer).reason, whom);
  }
  return answer;
}

KITH_FLATTEN Result<SignalPointer> call_and_wait(const Pid& to, MessagePointer message,
                                                 Duration timeout) {
  const Result<Reference> request = begin_call(to, std::move(message));
  if (!request) return request.error();
  return wait_reply(*request, timeout, to);
}

Reference new_reference() {
  return this_process().runtime().new_reference();
}
Reference open_request(std::vector<Reference>* answered) {
  return this_process().open_request(answered);
}
bool wait_listed(const std::vector<Reference>& answered, Duration timeout) {
  return this_process().wait_listed(answered, timeout);
}
void close_request(Reference request) {
  this_process().close_request(request);
}

KITH_FLATTEN std::pair<std::size_t, MessagePointer> receive_one(std::span<const Wanted> wanted,
                                                                Duration timeout) {
  // Set by the match that accepts the message, so that the type need not be searched again.
  std::size_t index = 0;
  const auto matches = [&](MessageSignal& message) {
    for (index = 0; index < wanted.size(); ++index) {
      if (message.type() == *wanted[index].type) return true;
    }
    if (message.type() != typeid(EncodedMessage)) return false;
    for (index = 0; index < wanted.size(); ++index) {
      const std::string_view name = wanted[index].wire_name;
      if (!name.empty() && message.wire_name() == name) return true;
    }
    return false;
  };
  MessagePointer message = this_process().wait_message(timeout, matches);
  return {index, std::move(message)};
}

MessagePointer receive_accepted(const std::function<bool(MessageSignal&)>& accepts,
                                Duration timeout) {
  return this_process().wait_message(timeout,
                                     [&](MessageSignal& message) { return accepts(message); });
}

MessagePointer receive_news(const Reference& monitor, Duration timeout) {
  return this_process().wait_news(monitor, timeout);
}

MessagePointer take_news(const Reference& monitor) {
  return this_process().take_news(monitor);
}

std::optional<Down> receive_down(Reference reference, Duration timeout) {
  const MessagePointer message = this_process().wait_down(reference, timeout);
  if (!message) return std::nullopt;
  return std::move(*static_cast<Down*>(message->content()));
}

void monitor_as(Reference reference, Pid target) {
  Process& process = this_process();
  process.add_monitor(reference, target);
  auto signal = std::make_unique<Signal>(SignalKind::monitor);
  signal->from = process.pid();
  signal->reference = reference;
  process.runtime().send(target, std::move(signal));
}

Timer send_signal_after(System& system, Duration delay, Pid to, SignalPointer signal) {
  if (Process* process = current_process()) signal->from = process->pid();
  Runtime& runtime = system.runtime();
  if (delay <= Duration::zero()) {
    signal->is_timed = true;
    runtime.send(to, std::move(signal));
    return {};
  }
  const TimerHandle handle =
      runtime.arm(deadline_after(runtime.clock.now(), delay), to, std::move(signal));
  return {handle.worker, handle.id};
}

void run_blocking(std::move_only_function<void()> f) {
  Process& process = this_process();
  Runtime& runtime = process.runtime();
  const Reference request = process.open_request();
  const Pid pid = process.pid();
  try {
    runtime.run_blocking([&runtime, request, pid, f = std::move(f)]() mutable {
      f();
      auto done = std::make_unique<TypedMessage<Acknowledgement>>(SignalKind::reply);
      done->reference = request;
      runtime.send(pid, std::move(done));
    });
  } catch (const std::system_error&) {
    process.close_request(request);
    throw;
  }
  process.wait_uninterrupted(request);  // `f` refers to the stack of this process
}

Result<Spawned> spawn_body(System& system, std::unique_ptr<ProcessBody> body,
                           const StartOptions& options, Bond bond, const SpawnHooks& hooks) {
  Runtime& runtime = system.runtime();
  Process* parent = current_process();
  if (parent != nullptr && &parent->runtime() != &runtime) parent = nullptr;
  SpawnOptions how;
  how.label = options.label.empty() ? options.name : options.label;
  how.mailbox_bound = options.mailbox_bound;
  how.caller = hooks.caller;
  how.call = hooks.request;
  if (parent == nullptr && bond == Bond::link) bond = Bond::root;
  const bool links = bond == Bond::link || bond == Bond::link_and_monitor;
  if (bond == Bond::root) how.parent = system.root();
  if (links) how.parent = parent->pid();
  if (links) how.child_id = parent->starting_child();
  if (links && (hooks.is_server || how.child_id != nullptr)) {
    how.ancestors = parent->as_ancestor();
  }
  const bool watches =
      parent != nullptr && (bond == Bond::monitor || bond == Bond::link_and_monitor);
  how.link = how.parent;
  how.tell_link = bond == Bond::root;
  Spawned spawned;
  if (watches) {
    how.monitor = parent->pid();
    spawned.monitor = hooks.monitor ? hooks.monitor : runtime.new_reference();
    how.monitor_reference = spawned.monitor;
  }
  if (options.name.empty()) {
    spawned.pid = runtime.spawn(std::move(body), std::move(how));
  } else {
    const Result<Pid> pid = system.spawn_named(options.name, [&](bool named) {
      how.named = named;
      return runtime.spawn(std::move(body), std::move(how));
    });
    if (!pid) return pid.error();
    spawned.pid = *pid;
  }
  // The process may already run, or have ended. Its signals to the parent stay in the inbox until
  // the parent takes them in, so its own ends of the link and the monitor may be added last.
  if (links) parent->add_link(spawned.pid);
  if (watches) parent->add_monitor(spawned.monitor, spawned.pid);
  return spawned;
}

}  // namespace detail

using detail::Signal;
using detail::SignalKind;

System* current_system() {
  detail::Process* process = detail::current_process();
  return process == nullptr ? nullptr : process->runtime().system;
}

Pid self() {
  return detail::this_process().pid();
}

bool cancel_timer(const Timer& timer) {
  return detail::this_process().runtime().cancel({timer.worker, timer.id});
}

std::optional<Duration> time_left(const Timer& timer) {
  detail::Runtime& runtime = detail::this_process().runtime();
  const auto deadline = runtime.deadline_of({timer.worker, timer.id});
  if (!deadline) return std::nullopt;
  return std::max(*deadline - runtime.clock.now(), Duration::zero());
}

Alias make_alias(bool once) {
  detail::Process& process = detail::this_process();
  const Reference reference = process.runtime().new_reference();
  process.add_alias(reference, once);
  return {process.pid(), reference};
}

bool remove_alias(const Alias& alias) {
  return detail::this_process().remove_alias(alias.reference);
}

Result<void> link(Pid other) {
  detail::Process& process = detail::this_process();
  if (other == process.pid() || process.linked_to(other)) return {};
  const bool local = other.node == process.pid().node;
  if (local && !process.trapping() && !process.runtime().is_alive(other)) {
    return Error(ErrorCode::no_process, "the process " + to_string(other) + " does not exist");
  }
  process.add_link(other);
  auto signal = std::make_unique<Signal>(SignalKind::link);
  signal->from = process.pid();
  process.runtime().send(other, std::move(signal));
  return {};
}

void unlink(Pid other) {
  detail::this_process().remove_link(other);
}

std::vector<Pid> links() {
  return detail::this_process().links();
}

Reference monitor(Pid target) {
  const Reference reference = detail::new_reference();
  if (target != self()) detail::monitor_as(reference, target);  // its own end would not be seen
  return reference;
}

bool demonitor(Reference reference, bool flush) {
  detail::Process& process = detail::this_process();
  const std::optional<Pid> target = process.remove_monitor(reference, flush);
  if (!target) return false;
  auto signal = std::make_unique<Signal>(SignalKind::demonitor);
  signal->from = process.pid();
  signal->reference = reference;
  process.runtime().send(*target, std::move(signal));
  return true;
}

bool trap_exits(bool on) {
  detail::Process& process = detail::this_process();
  const bool before = process.trapping();
  process.set_trapping(on);
  return before;
}

void exit(ExitReason reason) {
  throw ExitProcess{std::move(reason)};
}

void exit(Pid target, ExitReason reason) {
  detail::Process& process = detail::this_process();
  auto signal = std::make_unique<detail::ReasonSignal>(SignalKind::exit, std::move(reason));
  signal->from = process.pid();
  process.runtime().send(target, std::move(signal));
}

void sleep_for(Duration duration) {
  detail::this_process().wait_duration(duration);
}

}  // namespace kith
