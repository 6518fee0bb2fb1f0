// SPDX-License-Identifier: Apache-2.0
#include "actor/process_info.hpp"

#include <memory>
#include <utility>

#include "actor/internal/process.hpp"
#include "actor/internal/runtime.hpp"

namespace kith {
namespace detail {

void Process::tell_info(const Signal& asked) {
  ProcessInfo info;
  info.pid = pid_;
  info.label = label();
  info.parent = parent_;
  info.links = links();
  info.monitors = relations_ ? relations_->monitors.size() : 0;
  info.message_queue_length = waiting();
  info.traps_exits = trapping_;
  info.is_suspended = suspended_;
  info.is_waiting = limit_ != nullptr;
  info.is_supervisor = body_ && body_->is_supervisor();
  info.last_message = last_message_name();
  auto answer = std::make_unique<TypedMessage<ProcessInfo>>(SignalKind::reply, std::move(info));
  answer->reference = asked.reference;
  answer->from = pid_;
  runtime_.send(asked.from, std::move(answer));
}

}  // namespace detail

Result<ProcessInfo> process_info(Pid pid, Duration timeout) {
  detail::Process* process = detail::current_process();
  if (process == nullptr) detail::not_in_a_process();
  if (pid && pid.node != process->pid().node) {
    return Error(ErrorCode::invalid_argument, to_string(pid) + " lives on another node: ask there");
  }
  const Reference request = detail::open_request();
  auto signal = std::make_unique<detail::Signal>(detail::SignalKind::info);
  signal->from = process->pid();
  signal->reference = request;
  process->runtime().send(pid, std::move(signal));
  auto answer = detail::wait_reply(request, timeout, pid);
  if (!answer) return answer.error();
  return detail::content_as<ProcessInfo>(static_cast<detail::MessageSignal&>(**answer));
}

Result<ProcessInfo> process_info(System& system, Pid pid, Duration timeout) {
  return detail::in_process(&system, [&] { return process_info(pid, timeout); });
}

}  // namespace kith
