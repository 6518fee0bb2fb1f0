// SPDX-License-Identifier: Apache-2.0
#include "cluster/remote_watches.hpp"

namespace kith::cluster {
namespace {

using Kind = RemoteSignal::Kind;

RemoteSignal answer(Kind kind, Pid remote, Pid local, Reference reference) {
  RemoteSignal signal;
  signal.kind = kind;
  signal.from = remote;
  signal.to = local;
  signal.reference = reference;
  if (kind != Kind::demonitor && kind != Kind::unlink_acknowledged) signal.reason = "noconnection";
  signal.linked = kind == Kind::exit;
  return signal;
}

}  // namespace

Result<void> RemoteWatches::sent(const RemoteSignal& signal) {
  const bool opens =
      signal.kind == Kind::call || signal.kind == Kind::monitor || signal.kind == Kind::link;
  const auto known = watches_.find(signal.to.node);
  const bool is_noted = opens || signal.kind == Kind::unlink;  // its acknowledgement is awaited
  if (!is_noted && known == watches_.end()) return {};
  Watches& watches = is_noted ? watches_[signal.to.node] : known->second;
  if (opens && watches.size() >= open_max_) {
    return {ErrorCode::overloaded, "too many calls, monitors and links are open with that node"};
  }
  const Ends ends{signal.from, signal.to};
  switch (signal.kind) {
    case Kind::call:
      watches.calls.emplace(signal.reference, ends);
      break;
    case Kind::monitor:
      watches.monitors.emplace(signal.reference, ends);
      break;
    case Kind::demonitor:
      watches.monitors.erase(signal.reference);
      break;
    case Kind::down:
      watches.monitored.erase(signal.reference);
      break;
    case Kind::link:
    case Kind::unlink:
    case Kind::unlink_acknowledged:
    case Kind::exit:
      sent_of_link(watches, signal);
      break;
    case Kind::message:
    case Kind::reply:
    case Kind::call_failed:
      break;
  }
  drop_if_empty(signal.to.node);
  return {};
}

void RemoteWatches::sent_of_link(Watches& watches, const RemoteSignal& signal) {
  if (signal.kind == Kind::exit && !signal.linked) return;
  const Ends ends{signal.from, signal.to};
  const bool opens = signal.kind == Kind::link || signal.kind == Kind::unlink;
  const auto it = opens ? watches.links.try_emplace(ends).first : watches.links.find(ends);
  if (it == watches.links.end()) return;
  Link& link = it->second;
  switch (signal.kind) {
    case Kind::link:  // a pending `unlink` will end it again, unless a `link` arrived after that
      link.active = !link.pending || link.relinked;
      link.unlinking = {};
      break;
    case Kind::unlink:
      link.active = false;
      link.unlinking = signal.reference;
      break;
    case Kind::unlink_acknowledged:
      if (link.pending == signal.reference) link.pending = {};
      break;
    default:
      link.active = false;
      break;
  }
  if (link.is_over()) watches.links.erase(it);
}

bool RemoteWatches::unsent(const RemoteSignal& signal) {
  const bool opened = signal.kind == Kind::call || signal.kind == Kind::monitor ||
                      signal.kind == Kind::link || signal.kind == Kind::unlink;
  if (!opened) return true;
  const auto known = watches_.find(signal.to.node);
  if (known == watches_.end()) return false;
  std::size_t taken = 0;
  if (signal.kind == Kind::call) taken = known->second.calls.erase(signal.reference);
  if (signal.kind == Kind::monitor) taken = known->second.monitors.erase(signal.reference);
  if (signal.kind == Kind::link || signal.kind == Kind::unlink) {
    taken = known->second.links.erase(Ends{signal.from, signal.to});
  }
  drop_if_empty(signal.to.node);
  return taken > 0;
}

bool RemoteWatches::received(const RemoteSignal& signal) {
  // Another process than the called one may reply, but only on the same node.
  const BootId boot = signal.from.node;
  const Ends ends{signal.to, signal.from};
  if (signal.kind == Kind::monitor) {
    watches_[boot].monitored.emplace(signal.reference, ends);
    return true;
  }
  if (signal.kind == Kind::link || signal.kind == Kind::unlink) {
    received_of_link(watches_[boot], signal);
    return true;
  }
  const bool is_answer = signal.kind == Kind::reply || signal.kind == Kind::call_failed ||
                         signal.kind == Kind::down || (signal.kind == Kind::exit && signal.linked);
  const auto known = watches_.find(boot);
  if (known == watches_.end()) return !is_answer;
  Watches& watches = known->second;
  bool is_wanted = true;
  switch (signal.kind) {
    case Kind::reply:
    case Kind::call_failed:
      is_wanted = watches.calls.erase(signal.reference) > 0;
      break;
    case Kind::down:
      is_wanted = watches.monitors.erase(signal.reference) > 0;
      break;
    case Kind::demonitor:
      watches.monitored.erase(signal.reference);
      break;
    case Kind::unlink_acknowledged:
      is_wanted = received_of_link(watches, signal);
      break;
    case Kind::exit:
      if (signal.linked) is_wanted = received_of_link(watches, signal);
      break;
    default:
      break;
  }
  drop_if_empty(boot);
  return is_wanted;
}

/// Returns false if the link is not known, so that the process must not get the signal.
bool RemoteWatches::received_of_link(Watches& watches, const RemoteSignal& signal) {
  const Ends ends{signal.to, signal.from};
  const bool opens = signal.kind == Kind::link || signal.kind == Kind::unlink;
  const auto it = opens ? watches.links.try_emplace(ends).first : watches.links.find(ends);
  if (it == watches.links.end()) return false;
  Link& link = it->second;
  switch (signal.kind) {
    case Kind::link:
      if (!link.unlinking) link.active = true;
      link.relinked = true;
      break;
    case Kind::unlink:
      link.active = false;
      link.pending = signal.reference;
      link.relinked = false;
      break;
    case Kind::unlink_acknowledged:
      if (link.unlinking == signal.reference) link.unlinking = {};
      break;
    default:  // the exit of the other process
      link.active = false;
      link.relinked = false;
      break;
  }
  if (link.is_over()) watches.links.erase(it);
  return true;
}

void RemoteWatches::forget_call(const Reference& call) {
  for (auto it = watches_.begin(); it != watches_.end(); ++it) {
    if (it->second.calls.erase(call) == 0) continue;
    return drop_if_empty(it->first);
  }
}

std::vector<RemoteSignal> RemoteWatches::lost(BootId boot) {
  std::vector<RemoteSignal> answers;
  const auto known = watches_.find(boot);
  if (known == watches_.end()) return answers;
  for (const auto& [reference, ends] : known->second.calls) {
    answers.push_back(answer(Kind::call_failed, ends.remote, ends.local, reference));
  }
  for (const auto& [reference, ends] : known->second.monitors) {
    answers.push_back(answer(Kind::down, ends.remote, ends.local, reference));
  }
  for (const auto& [ends, link] : known->second.links) {
    if (link.unlinking) {
      answers.push_back(answer(Kind::unlink_acknowledged, ends.remote, ends.local, link.unlinking));
    }
    // Also if an `unlink` is pending: the process may link again before it handles that.
    if (link.active || link.pending) {
      answers.push_back(answer(Kind::exit, ends.remote, ends.local, {}));
    }
  }
  for (const auto& [reference, ends] : known->second.monitored) {
    answers.push_back(answer(Kind::demonitor, ends.remote, ends.local, reference));
  }
  watches_.erase(known);
  return answers;
}

std::size_t RemoteWatches::open(BootId boot) const {
  const auto known = watches_.find(boot);
  return known == watches_.end() ? 0 : known->second.size();
}

void RemoteWatches::drop_if_empty(BootId boot) {
  const auto known = watches_.find(boot);
  if (known != watches_.end() && known->second.size() == 0) watches_.erase(known);
}

}  // namespace kith::cluster
