// SPDX-License-Identifier: Apache-2.0
#include "actor/trace.hpp"

#include <memory>
#include <utility>

#include "actor/internal/process.hpp"
#include "actor/internal/runtime.hpp"
#include "core/type_name.hpp"

namespace kith {
namespace detail {
namespace {

/// The request to send trace events to a process; null: to none.
struct TraceSignal final : Signal {
  explicit TraceSignal(Pid t) : Signal(SignalKind::trace), tracer(t) {}
  Pid tracer;
};

std::string content_name(const Signal& signal) {
  if (signal.kind == SignalKind::call_failed) return "failure";
  const auto& message = static_cast<const MessageSignal&>(signal);
  return message.type() == typeid(EncodedMessage) ? std::string(message.wire_name())
                                                  : type_name(message.type());
}

}  // namespace

void Process::begin_trace(const Signal& order) {
  const Pid tracer = static_cast<const TraceSignal&>(order).tracer;
  relations().tracer = tracer;
  traced_ = static_cast<bool>(tracer);
  auto answer = std::make_unique<TypedMessage<Acknowledgement>>(SignalKind::reply);
  answer->reference = order.reference;
  answer->from = pid_;
  runtime_.send(order.from, std::move(answer));
}

void Process::tell_tracer(TraceEvent event) {
  event.pid = pid_;
  event.at = runtime_.clock.now();
  auto message = std::make_unique<TypedMessage<TraceEvent>>(SignalKind::message, std::move(event));
  message->from = pid_;
  const auto told = runtime_.send(relations_->tracer, std::move(message));
  if (told == Runtime::Delivery::no_process) traced_ = false;  // the tracer has ended
}

void Process::trace_taken(const Signal& signal) {
  const bool is_answer = signal.kind == SignalKind::reply || signal.kind == SignalKind::call_failed;
  tell_tracer({.kind = is_answer ? TraceEvent::Kind::answered : TraceEvent::Kind::received,
               .pid = {},
               .what = content_name(signal),
               .other = signal.from,
               .at = {}});
}

void Process::trace_sent(const Signal& signal, const Pid& to) {
  tell_tracer({.kind = TraceEvent::Kind::sent,
               .pid = {},
               .what = content_name(signal),
               .other = to,
               .at = {}});
}

void Process::trace_state(std::string name) {
  tell_tracer(
      {.kind = TraceEvent::Kind::state, .pid = {}, .what = std::move(name), .other = {}, .at = {}});
}

void Process::trace_end(const ExitReason& reason) {
  tell_tracer(
      {.kind = TraceEvent::Kind::ended, .pid = {}, .what = to_json(reason), .other = {}, .at = {}});
}

bool is_traced() {
  return current_process()->is_traced();
}

void trace_state(std::string name) {
  current_process()->trace_state(std::move(name));
}

namespace {

Result<void> order_trace(Pid traced, Pid tracer, Duration timeout) {
  Process* process = current_process();
  if (process == nullptr) not_in_a_process();
  if (traced && traced.node != process->pid().node) {
    return Error(ErrorCode::invalid_argument,
                 to_string(traced) + " lives on another node: trace it there");
  }
  if (traced == tracer) {
    return Error(ErrorCode::invalid_argument, "a process cannot trace itself");
  }
  const Reference request = open_request();
  auto order = std::make_unique<TraceSignal>(tracer);
  order->from = process->pid();
  order->reference = request;
  process->runtime().send(traced, std::move(order));
  const auto answer = wait_reply(request, timeout, traced);
  if (!answer) return answer.error();
  return {};
}

}  // namespace
}  // namespace detail

Result<void> trace(Pid traced, Pid tracer, Duration timeout) {
  return detail::order_trace(traced, tracer, timeout);
}
Result<void> trace(System& system, Pid traced, Pid tracer, Duration timeout) {
  return detail::in_process(&system, [&] { return trace(traced, tracer, timeout); });
}
Result<void> stop_trace(Pid traced, Duration timeout) {
  return detail::order_trace(traced, Pid{}, timeout);
}
Result<void> stop_trace(System& system, Pid traced, Duration timeout) {
  return detail::in_process(&system, [&] { return stop_trace(traced, timeout); });
}

}  // namespace kith
