// SPDX-License-Identifier: Apache-2.0
#include "actor/from.hpp"

#include "actor/internal/process.hpp"
#include "actor/internal/runtime.hpp"

namespace kith::detail {

SignalPointer failure(const Error& error) {
  ValueArray parts{"error", std::string(to_string(error.code())), error.text()};
  if (error.reason() != nullptr) parts.push_back(*error.reason());
  return std::make_unique<ReasonSignal>(SignalKind::call_failed, std::move(parts));
}

void send_reply(System& system, const Pid& callee, const Pid& caller, const Reference& reference,
                SignalPointer answer) {
  Process* process = current_process();
  if (process != nullptr && process->pid() == callee) {
    process->forget_call(reference);
  } else {
    auto forgotten = std::make_unique<Signal>(SignalKind::call_forgotten);
    forgotten->reference = reference;
    system.runtime().send(callee, std::move(forgotten));
  }
  answer->reference = reference;
  answer->from = callee;
  if (process != nullptr && process->is_traced()) process->trace_sent(*answer, caller);
  system.runtime().send(caller, std::move(answer));
}

void answer(const MessageSignal& request, SignalPointer answer) {
  Process& process = *current_process();
  process.forget_call(request.reference);
  answer->reference = request.reference;
  answer->from = process.pid();
  if (process.is_traced()) process.trace_sent(*answer, request.from);
  process.runtime().send(request.from, std::move(answer));
}

Here here() {
  Process& process = *current_process();
  return {*process.runtime().system, process.pid()};
}

void remember_call(const MessageSignal& request) {
  current_process()->remember_call(request.from, request.reference);
}

}  // namespace kith::detail
