// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "actor/process.hpp"
#include "actor/system.hpp"
#include "core/pid.hpp"
#include "core/result.hpp"

namespace kith {

/// Lists the messages that a server understands. Two messages with the same wire name are a compile
/// error.
template <typename... Messages>
struct Protocol {
  template <typename M>
  static constexpr bool contains = (std::is_same_v<M, Messages> || ...);

  static consteval bool names_differ() {
    const std::string_view names[] = {name_of<Messages>()..., std::string_view()};
    for (std::size_t i = 0; i < sizeof...(Messages); ++i) {
      for (std::size_t j = i + 1; j < sizeof...(Messages); ++j) {
        if (!names[i].empty() && names[i] == names[j]) return false;
      }
    }
    return true;
  }

  /// Requires that all messages and their replies can be sent between nodes; one compile error,
  /// which names the type, for each that cannot.
  static consteval bool can_cross_nodes() {
    return (wire_detail::check_message<Messages>() && ...);
  }

 private:
  template <typename M>
  static consteval std::string_view name_of() {
    if constexpr (WireMessageType<M>)
      return M::kith_wire_name();
    else
      return {};
  }
};

/// A message with a reply: it names its `Reply`.
template <typename M>
concept Request = requires { typename M::Reply; };

/// The address of a server: a pid, or a name that is looked up at each use and so survives
/// restarts. Thread-safety: plain value; the system and the resolver must outlive its use.
class ServerAddress {
 public:
  ServerAddress() = default;
  ServerAddress(System* system, Pid pid) : system_(system), pid_(pid) {}
  ServerAddress(System* system, std::shared_ptr<const Resolver> resolver, std::string name)
      : system_(system), resolver_(std::move(resolver)), name_(std::move(name)) {}

  /// Returns the present pid of the server. Error: `no_process`; the text has the name.
  [[nodiscard]] Result<Pid> resolve() const {
    if (!resolver_) return pid_;
    if (const auto pid = resolver_->whereis(name_)) return *pid;
    return Error(ErrorCode::no_process, "no process has the name '" + name_ + "'");
  }
  /// Returns the system through which plain threads reach it.
  [[nodiscard]] System* system() const { return system_; }
  /// Returns the pid, a null pid if the address is a name.
  [[nodiscard]] Pid pid() const { return pid_; }
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  System* system_ = nullptr;
  Pid pid_;
  std::shared_ptr<const Resolver> resolver_;
  std::string name_;
};

/// A `ServerAddress` with the protocol of the server. Thread-safety: plain value.
template <typename P>
class ServerRef : public ServerAddress {
 public:
  using ServerAddress::ServerAddress;
};

/// Returns a reference to the process with this name in this system, looked up at each use.
template <typename P>
[[nodiscard]] ServerRef<P> named(System& system, std::string name) {
  return ServerRef<P>(&system, std::shared_ptr<const Resolver>(std::shared_ptr<void>(), &system),
                      std::move(name));
}

namespace detail {

template <typename R>
Result<R> call_with(const ServerAddress& to, MessagePointer message, Duration timeout) {
  return in_process(to.system(), [&]() -> Result<R> {
    const Result<Pid> pid = to.resolve();
    if (!pid) return pid.error();
    auto answer = call_and_wait(*pid, std::move(message), timeout);
    if (!answer) return answer.error();
    auto content = content_as<ReplyContentT<R>>(static_cast<MessageSignal&>(**answer));
    if constexpr (std::is_void_v<R>) {
      if (!content) return content.error();
      return {};
    } else {
      return content;
    }
  });
}

template <typename R, typename M>
Result<R> typed_call(const ServerAddress& to, M message, Duration timeout) {
  return call_with<R>(to, std::make_unique<TypedMessage<M>>(SignalKind::call, std::move(message)),
                      timeout);
}

/// Calls a server with a request to the server itself, which it answers also while suspended.
template <typename R, typename M>
Result<R> control_call(const ServerAddress& to, M message, Duration timeout) {
  auto request = std::make_unique<TypedMessage<M>>(SignalKind::call, std::move(message));
  request->is_control = true;
  return call_with<R>(to, std::move(request), timeout);
}

template <typename M>
Result<void> typed_send(const ServerAddress& to, M message) {
  System* system = current_system() != nullptr ? current_system() : to.system();
  if (system == nullptr) not_in_a_process();
  const Result<Pid> pid = to.resolve();
  if (!pid) return pid.error();
  return send_message(*system, *pid,
                      std::make_unique<TypedMessage<M>>(SignalKind::message, std::move(message)));
}

}  // namespace detail

/// Sends a request and waits for its reply; on a plain thread the thread waits, otherwise only the
/// calling process does. Errors: `timeout`, `no_process`, `no_connection`, `overloaded`, `crashed`
/// (the server ended first; the text has the reason), `unavailable` (called on a plain thread, and
/// the system is stopped), and those of the handler. A late reply is dropped.
template <typename P, Request M>
Result<typename M::Reply> call(const ServerRef<P>& to, M request,
                               Duration timeout = limits::call_timeout_default) {
  static_assert(P::template contains<M>, "this message is not in the server's Protocol");
  return detail::typed_call<typename M::Reply>(to, std::move(request), timeout);
}

/// Sends a message without a reply. Error: `no_process` for a name without a process; sending to a
/// pid of a process that has ended succeeds, as in OTP.
template <typename P, typename M>
  requires(!Request<M>)
Result<void> cast(const ServerRef<P>& to, M message) {
  static_assert(P::template contains<M>, "this message is not in the server's Protocol");
  return detail::typed_send(to, std::move(message));
}
/// Sends a message as `cast` does.
template <typename P, typename M>
  requires(!Request<M>)
Result<void> send(const ServerRef<P>& to, M message) {
  return cast(to, std::move(message));
}

/// A request of `send_request`, whose reply can be received once. Belongs to the process that sent
/// it.
template <typename R>
struct PendingReply {
  Reference reference;
  Pid whom;
};

/// Sends a request without waiting (gen_server:send_request/2). Inside processes only.
template <typename P, Request M>
Result<PendingReply<typename M::Reply>> send_request(const ServerRef<P>& to, M request) {
  static_assert(P::template contains<M>, "this message is not in the server's Protocol");
  const Result<Pid> pid = to.resolve();
  if (!pid) return pid.error();
  const auto reference = detail::begin_call(
      *pid,
      std::make_unique<detail::TypedMessage<M>>(detail::SignalKind::call, std::move(request)));
  if (!reference) return reference.error();
  return PendingReply<typename M::Reply>{*reference, *pid};
}

/// Waits for the reply of `send_request` (gen_server:receive_response/2). After `timeout` a late
/// reply is dropped.
template <typename R>
Result<R> receive_response(const PendingReply<R>& pending,
                           Duration timeout = limits::call_timeout_default) {
  auto answer = detail::wait_reply(pending.reference, timeout, pending.whom);
  if (!answer) return answer.error();
  auto content =
      detail::content_as<detail::ReplyContentT<R>>(static_cast<detail::MessageSignal&>(**answer));
  if constexpr (std::is_void_v<R>) {
    if (!content) return content.error();
    return {};
  } else {
    return content;
  }
}

/// Calls a typed server by wire name with encoded content, as the command and apps do, and returns
/// the encoded reply. Errors: as `call`; `invalid_argument` if the reply cannot be encoded.
Result<Bytes> call_encoded(const ServerAddress& to, std::string name, Bytes body,
                           Duration timeout = limits::call_timeout_default);
/// Sends encoded content under a wire name, as `cast` does.
Result<void> send_encoded(const ServerAddress& to, std::string name, Bytes body);

}  // namespace kith
