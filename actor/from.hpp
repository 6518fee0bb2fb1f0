// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <utility>

#include "actor/process.hpp"

namespace kith {

namespace detail {

/// Sends the answer to a call: a reply or a failure, from the callee or from any other process.
void send_reply(System& system, const Pid& callee, const Pid& caller, const Reference& reference,
                SignalPointer answer);
/// Answers a request that the calling process handles.
void answer(const MessageSignal& request, SignalPointer answer);
template <typename R, typename... V>
void reply(const MessageSignal& request, V&&... value) {
  answer(request, std::make_unique<TypedMessage<ReplyContentT<R>>>(SignalKind::reply,
                                                                   std::forward<V>(value)...));
}
SignalPointer failure(const Error& error);
/// Keeps a call of the calling process open until it is answered or the process ends.
void remember_call(const MessageSignal& request);
/// The calling process and its system.
struct Here {
  System& system;
  const Pid& pid;
};
Here here();

}  // namespace detail

/// Answers one call, now or later, in the callee or in another process.
///
///     struct Enter {
///       using Reply = void;
///       KITH_WIRE("gate.enter")
///     };
///     struct Open {
///       KITH_WIRE("gate.open")
///     };
///     class Gate : public GenServer<Gate, Protocol<Enter, Open>> {
///      public:
///       void handle_call(const Enter&, From<void> from) { waiting_.push_back(from); }
///       void handle_cast(const Open&) {
///         for (const auto& from : std::exchange(waiting_, {})) from.reply();
///       }
///
///      private:
///       std::vector<From<void>> waiting_;
///     };
///
/// It may be copied; only the first answer counts. If the callee ends before that, the caller gets
/// `crashed`. Source: gen_server:reply/2. Thread-safety: plain value; `reply` from any thread.
template <typename R>
class From {
 public:
  From() = default;
  /// For a request that the calling process handles; used by the runtime.
  explicit From(const detail::MessageSignal& request) : From(request.from, request.reference) {}
  /// For a request whose message no longer exists; used by the runtime.
  From(const Pid& caller, const Reference& reference) : From(detail::here(), caller, reference) {}

  /// Answers the call with a value; without one if R is void.
  template <typename... V>
    requires(std::is_void_v<R> ? sizeof...(V) == 0 : sizeof...(V) == 1)
  void reply(V&&... value) const {
    send(std::make_unique<detail::TypedMessage<detail::ReplyContentT<R>>>(
        detail::SignalKind::reply, std::forward<V>(value)...));
  }
  /// Answers with an expected failure: the caller's `call` returns this error.
  void fail(const Error& error) const { send(detail::failure(error)); }
  /// Returns the process that made the call.
  [[nodiscard]] Pid caller() const { return caller_; }

 private:
  From(const detail::Here& here, const Pid& caller, const Reference& reference)
      : system_(&here.system), callee_(here.pid), caller_(caller), reference_(reference) {}

  void send(detail::SignalPointer answer) const {
    detail::send_reply(*system_, callee_, caller_, reference_, std::move(answer));
  }

  System* system_ = nullptr;
  Pid callee_;
  Pid caller_;
  Reference reference_;
};

}  // namespace kith
