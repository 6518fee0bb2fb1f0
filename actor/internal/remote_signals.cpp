// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <optional>
#include <utility>

#include "actor/internal/runtime.hpp"

/// The functions of `Runtime` that convert signals to `RemoteSignal` and back.
namespace kith::detail {

/// Converts a local signal; nullopt for kinds that are not sent to other nodes.
std::optional<RemoteSignal> Runtime::to_remote(Pid to, Signal& signal) const {
  using Kind = RemoteSignal::Kind;
  RemoteSignal remote;
  remote.from = signal.from;
  remote.to = to;
  remote.reference = signal.reference;
  const auto with_reason = [&](Kind kind) {
    auto& source = static_cast<ReasonSignal&>(signal);
    remote.kind = kind;
    remote.reason = std::move(source.reason);
    remote.linked = source.linked;
  };
  switch (signal.kind) {
    case SignalKind::message:
      take_message(remote, Kind::message, signal);
      break;
    case SignalKind::call:
      take_message(remote, Kind::call, signal);
      break;
    case SignalKind::reply:
      take_message(remote, Kind::reply, signal);
      break;
    case SignalKind::call_failed:
      with_reason(Kind::call_failed);
      break;
    case SignalKind::exit:
      with_reason(Kind::exit);
      break;
    case SignalKind::down:
      remote.kind = Kind::down;
      remote.reason = std::move(static_cast<DownSignal&>(signal).value.reason);
      break;
    case SignalKind::link:
      remote.kind = Kind::link;
      break;
    case SignalKind::unlink:
      with_reason(Kind::unlink);
      break;
    case SignalKind::unlink_acknowledged:
      remote.kind = Kind::unlink_acknowledged;
      break;
    case SignalKind::monitor:
      remote.kind = Kind::monitor;
      break;
    case SignalKind::demonitor:
      remote.kind = Kind::demonitor;
      break;
    case SignalKind::call_forgotten:
    case SignalKind::info:
    case SignalKind::trace:
    case SignalKind::wake:
      return std::nullopt;
  }
  return remote;
}

void Runtime::take_message(RemoteSignal& remote, RemoteSignal::Kind kind, Signal& signal) const {
  auto& message = static_cast<MessageSignal&>(signal);
  remote.kind = kind;
  remote.name = std::string(message.wire_name());
  if (message.type() == typeid(EncodedMessage)) {
    remote.body = std::move(static_cast<EncodedMessage&>(message).body);
  } else if (message.can_encode() && options.format != nullptr) {
    remote.body = options.format->encode([&](WireWriter& writer) { message.encode(writer); });
  } else if (kind == RemoteSignal::Kind::reply) {
    remote.kind = RemoteSignal::Kind::call_failed;
    remote.reason = Value::array(
        {"error", "invalid_argument", "the reply's type has no KITH_FIELDS, so it cannot travel"});
  }
}

/// Fails a call that could not be sent, with this error.
void Runtime::fail_call(Pid caller, Pid callee, Reference call, const Error& error) {
  auto failed = std::make_unique<ReasonSignal>(
      SignalKind::call_failed, Value::array({"error", to_string(error.code()), error.text()}));
  failed->reference = call;
  failed->from = callee;
  send(caller, std::move(failed));
}

/// Sends a signal to another node. A call that cannot be sent is failed by `call_failed`, a message
/// by the result, all others by `bounce`.
Runtime::Delivery Runtime::send_remote(Pid to, Signal& signal) {
  std::optional<RemoteSignal> remote = to_remote(to, signal);
  if (!remote) return Delivery::sent;
  const bool local_only =
      (remote->kind == RemoteSignal::Kind::message || remote->kind == RemoteSignal::Kind::call) &&
      remote->name.empty();
  const Result<void> sent =
      local_only ? Error(ErrorCode::invalid_argument,
                         "the message has no KITH_WIRE, so it cannot leave its node")
                 : remote_sender.load(std::memory_order_acquire)->send(std::move(*remote));
  if (sent) return Delivery::sent;
  if (signal.kind == SignalKind::call) {
    fail_call(signal.from, to, signal.reference, sent.error());
  } else if (signal.kind == SignalKind::message) {
    if (local_only) return Delivery::no_wire_form;
    if (sent.error().code() == ErrorCode::invalid_argument) return Delivery::too_large;
    if (sent.error().code() == ErrorCode::overloaded) return Delivery::overloaded;
  } else {
    bounce(to, signal);
  }
  return Delivery::sent;
}

void Runtime::deliver(RemoteSignal remote) {
  using Kind = RemoteSignal::Kind;
  SignalPointer signal;
  const auto with_reason = [&](SignalKind kind) {
    auto made = std::make_unique<ReasonSignal>(kind, std::move(remote.reason));
    made->linked = remote.linked;
    signal = std::move(made);
  };
  const auto with_body = [&](SignalKind kind) {
    signal = std::make_unique<EncodedMessage>(kind, std::move(remote.name), std::move(remote.body));
  };
  switch (remote.kind) {
    case Kind::message:
      with_body(SignalKind::message);
      break;
    case Kind::call:
      with_body(SignalKind::call);
      break;
    case Kind::reply:
      with_body(SignalKind::reply);
      break;
    case Kind::call_failed:
      with_reason(SignalKind::call_failed);
      break;
    case Kind::link:
      signal = std::make_unique<Signal>(SignalKind::link);
      break;
    case Kind::unlink:
      with_reason(SignalKind::unlink);
      break;
    case Kind::unlink_acknowledged:
      signal = std::make_unique<Signal>(SignalKind::unlink_acknowledged);
      break;
    case Kind::exit:
      with_reason(SignalKind::exit);
      break;
    case Kind::monitor:
      signal = std::make_unique<Signal>(SignalKind::monitor);
      break;
    case Kind::demonitor:
      signal = std::make_unique<Signal>(SignalKind::demonitor);
      break;
    case Kind::down:
      signal = std::make_unique<DownSignal>(SignalKind::down, remote.reference, remote.from,
                                            std::move(remote.reason));
      break;
    default:
      return;  // a kind of a newer version, dropped
  }
  signal->from = remote.from;
  signal->reference = remote.reference;
  if (remote.to.node != options.boot) return bounce(Pid{options.boot, 0, 0}, *signal);
  const bool is_call = remote.kind == Kind::call;
  if (send_local(remote.to, std::move(signal)) == Delivery::overloaded && is_call) {
    fail_call(remote.from, remote.to, remote.reference,
              Error(ErrorCode::overloaded, "the mailbox of the process is full"));
  }
}

}  // namespace kith::detail
