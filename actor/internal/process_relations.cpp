// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <optional>
#include <ranges>
#include <string>
#include <utility>

#include "actor/internal/process.hpp"
#include "actor/internal/runtime.hpp"
#include "core/type_name.hpp"

/// The functions of `Process` for links, monitors and the notifications of its end.
namespace kith::detail {

/// Returns the wire name of the last message, or its C++ type if it has none.
std::string Process::last_message_name() const {
  if (last_message_ == nullptr) return "";
  const std::string_view on_wire = body_ ? body_->wire_name_of(*last_message_) : "";
  return on_wire.empty() ? type_name(*last_message_) : std::string(on_wire);
}

std::string describe(const Pid& pid, const std::string& name) {
  return name.empty() ? to_string(pid) : to_string(pid) + " (" + name + ")";
}

std::shared_ptr<const Ancestor> Process::as_ancestor() {
  Relations& mine = relations();
  if (!mine.as_ancestor) {
    mine.as_ancestor = std::make_shared<const Ancestor>(Ancestor{pid_, called(), mine.ancestors});
  }
  return mine.as_ancestor;
}

/// Returns the ancestors, the nearest first: "<1.7.1> (pool), <1.2.1> (root)".
std::string Process::ancestor_names() const {
  std::string names;
  const Ancestor* at = relations_ ? relations_->ancestors.get() : nullptr;
  for (; at != nullptr; at = at->above.get()) {
    if (!names.empty()) names += ", ";
    names += describe(at->pid, at->label);
  }
  return names;
}

/// Logs the end of a process that failed. Source: proc_lib's crash report.
void Process::report_crash() const {
  runtime_.log->error("process", "a process crashed",
                      {{"pid", to_string(pid_)},
                       {"child", relations_ ? relations_->child_id : ""},
                       {"label", label()},
                       {"last_message", last_message_name()},
                       {"reason", to_json(*ended_)},
                       {"ancestors", ancestor_names()}});
}

/// Sends exit signals to all links, the latest first: children before the process that started this
/// one.
void Process::tell_links(Relations& relations, const ExitReason& reason) {
  for (const OpenCall& call : std::exchange(relations.open_calls, {})) fail_open_call(call, reason);
  for (const Pid& other : std::exchange(relations.links, {}).all() | std::views::reverse) {
    auto signal = std::make_unique<ReasonSignal>(SignalKind::exit, reason);
    signal->linked = true;
    signal->from = pid_;
    runtime_.send(other, std::move(signal));
  }
}

/// Sends a `Down` to each monitor, in the order in which they were set.
void Process::tell_watchers(const ExitReason& reason) {
  for (Signal* at = Inbox::reversed(watchers_.release()); at != nullptr;) {
    const SignalPointer asked(std::exchange(at, at->next));
    auto down = std::make_unique<DownSignal>(SignalKind::down, asked->reference, pid_, reason);
    down->reference = asked->reference;
    down->from = pid_;
    runtime_.send(asked->from, std::move(down));
  }
}

void Process::forget_watcher(const Signal& signal) {
  Signal* before = nullptr;
  for (Signal* at = watchers_.get(); at != nullptr; before = at, at = at->next) {
    if (at->from != signal.from || at->reference != signal.reference) continue;
    if (before == nullptr)
      watchers_.reset(std::exchange(at->next, nullptr));
    else
      delete std::exchange(before->next, at->next);  // NOLINT(cppcoreguidelines-owning-memory)
    return;
  }
}

/// Removes the monitors that this process has set.
void Process::tell_watched(Relations& relations) {
  for (const auto& [id, target] : relations.monitors.take_all()) {
    auto signal = std::make_unique<Signal>(SignalKind::demonitor);
    signal->reference = Reference{pid_.node, id};
    signal->from = pid_;
    runtime_.send(target, std::move(signal));
  }
}

void Process::remove_link(Pid other) {
  if (!linked_to(other)) return;
  const Reference number = runtime_.new_reference();
  relations_->links.unlink(other, number.id);
  tell_unlinked(other, number, {});
}

void Process::tell_unlinked(Pid other, Reference number, ExitReason reason) {
  auto signal = std::make_unique<ReasonSignal>(SignalKind::unlink, std::move(reason));
  signal->from = pid_;
  signal->reference = number;
  runtime_.send(other, std::move(signal));
}

/// Removes the link of an exit signal: the other process has ended, or the connection with it was
/// lost. False if there is no link.
bool Process::break_link(const ReasonSignal& signal) {
  const bool is_lost = signal.from.node != pid_.node && signal.reason == Value("noconnection");
  if (!is_lost) return relations_ && relations_->links.broken_by(signal.from);
  const Reference number = runtime_.new_reference();
  const bool was_linked = relations().links.lost(signal.from, number.id);
  tell_unlinked(signal.from, number, signal.reason);
  return was_linked;
}

/// Removes a link that the other process ended, and sends the signal back as the acknowledgement.
/// An unlink after a lost connection may also end a link that this process made since then: it is
/// then handled as an exit signal "noconnection".
void Process::accept_unlink(SignalPointer signal) {
  const bool was_linked = relations_ && relations_->links.unlinked_by(signal->from);
  const bool is_lost = static_cast<ReasonSignal&>(*signal).reason == Value("noconnection");
  const Pid other = std::exchange(signal->from, pid_);
  signal->kind = SignalKind::unlink_acknowledged;
  runtime_.send(other, std::move(signal));
  if (!was_linked || !is_lost) return;
  ReasonSignal broken(SignalKind::exit, "noconnection");
  broken.from = other;
  accept_exit(broken);
}

std::optional<Pid> Process::remove_monitor(Reference reference, bool flush) {
  if (relations_) {
    if (const auto target = relations_->monitors.take(reference.id)) return target;
  }
  if (flush) {
    take_in();
    queue_.take_news(reference, true);
  }
  return std::nullopt;
}

/// Closes all requests of an ending process, so that remote senders keep nothing for the answers.
void Process::give_up_requests() {
  if (inline_request_) close_request(inline_request_);
  if (!relations_ || relations_->requests.empty()) return;
  for (const auto& [id, open] : relations_->requests.take_all()) {
    if (!open.answer) runtime_.forget_call(Reference{pid_.node, id});
  }
}

bool Process::is_unanswered(const Reference& call) const {
  if (!call) return false;
  return inline_call_.reference == call ||
         (relations_ && std::ranges::find(relations_->open_calls, call, &OpenCall::reference) !=
                            relations_->open_calls.end());
}

bool Process::hold_until_answered(const Reference& call, std::shared_ptr<void> what) {
  if (!is_unanswered(call)) return false;
  relations().held.emplace_back(call, std::move(what));
  holds_ = true;
  return true;
}

void Process::let_go(const Reference& call) {
  auto& held = relations_->held;
  const auto found =
      std::ranges::find_if(held, [&](const auto& each) { return each.first == call; });
  if (found == held.end()) return;
  const std::shared_ptr<void> what = std::move(found->second);
  held.erase(found);
  holds_ = !held.empty();
}

}  // namespace kith::detail
