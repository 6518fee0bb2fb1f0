// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <any>
#include <concepts>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "actor/from.hpp"
#include "actor/server_answer.hpp"
#include "actor/server_body.hpp"
#include "actor/server_handlers.hpp"

/// The process body of `GenServer`; applications use actor/gen_server.hpp.
namespace kith {

namespace detail {

/// A function for a server, sent to its process: see `GenServer::get_state`.
template <typename Server>
struct VisitServer {
  std::move_only_function<void(Server&, const MessageSignal&)> run;
};

/// Runs a server object as a process: decodes, dispatches, answers.
template <typename Server, typename P>
class GenServerBody;

template <typename Server, typename... Messages>
class GenServerBody<Server, Protocol<Messages...>> final : public ServerBody {
 public:
  explicit GenServerBody(std::move_only_function<std::unique_ptr<Server>()> make)
      : make_(std::move(make)) {
    // Evaluated for all messages, so that each mistake is reported.
    (void)(int(check_handlers<Server, Messages>()) + ... + 0);
    static_assert(Protocol<Messages...>::names_differ(), "two messages have the same wire name");
  }

  void initialise() override {
    server_ = make_();
    if constexpr (HasInit<Server>) {
      using Returned = decltype(server_->init());
      if constexpr (std::is_void_v<Returned>) {
        server_->init();
        started();
      } else if constexpr (std::is_same_v<Returned, Then>) {
        Then then = server_->init();
        if (then.ignore) ignored();
        if (then.stop) throw ExitProcess{std::move(*then.stop)};
        started();
        if (then.timeout || then.then_continue.has_value()) {
          first_ = std::make_unique<Then>(std::move(then));
        }
      } else {
        const Result<void> ready = server_->init();
        if (!ready) throw ExitProcess{Value(ready.error().text())};
        started();
      }
    } else {
      started();
    }
  }

  void after_start() override {
    ServerBody::after_start();
    if (first_) apply(std::move(*std::exchange(first_, nullptr)));
  }

  [[nodiscard]] bool is_supervisor() const override { return IsSupervisor<Server>; }
  [[nodiscard]] std::string_view wire_name_of(const std::type_info& type) const override {
    return wire_name_among<Messages...>(type);
  }

  void handle(MessagePointer message) override {
    const std::type_info* const type = &message->type();
    if (!timeout_armed() && (dispatch_own_type<Messages>(*message, type) || ...)) return;
    if (const Own own = take_own(*message); own != Own::no) {
      if (own == Own::timeout) info(Timeout{});
      return;
    }
    if (message->type() == typeid(VisitServer<Server>)) return visit(*message);
    if (message->type() == typeid(Exit)) return exit_message(*message);
    if (message->type() == typeid(Down)) {
      return info(*static_cast<const Down*>(message->content()));
    }
    if (!(dispatch<Messages>(*message) || ...)) unknown(*message);
  }

  void terminate(const ExitReason& reason) override {
    if constexpr (HasTerminate<Server>) {
      if (server_) server_->terminate(reason);
    }
  }

 private:
  /// Dispatches a message of type M if one comparison of addresses recognises it. This is the fast
  /// path: `dispatch` also handles messages that arrived as bytes or from another shared library.
  template <typename M>
  bool dispatch_own_type(MessageSignal& message, const std::type_info* type) {
    if (type != &typeid(M)) return false;
    deliver(message, *static_cast<const M*>(message.content()));
    return true;
  }

  template <typename M>
  bool dispatch(MessageSignal& message) {
    if (message.type() == typeid(M)) {
      deliver(message, *static_cast<const M*>(message.content()));
      return true;
    }
    if constexpr (WireMessageType<M>) {
      if (message.type() == typeid(EncodedMessage) && message.wire_name() == M::kith_wire_name()) {
        note_message(typeid(M));
        Result<M> decoded = content_as<M>(message);
        if (decoded)
          deliver(message, *decoded);
        else
          refuse(message, decoded.error());
        return true;
      }
    }
    return false;
  }

  template <typename M>
  void deliver(MessageSignal& message, const M& content) {
    if constexpr (Request<M>) {
      if (message.kind != SignalKind::call) {
        return refuse(message, Error(ErrorCode::invalid_argument, "it must be called, not sent"));
      }
      remember_call(message);
      if constexpr (HandlesCallLater<Server, M>)
        call_later(content, From<typename M::Reply>(message));
      else if constexpr (HandlesCall<Server, M>)  // else `check_handlers` has said what is missing
        call_now(content, message);
    } else {
      if (message.kind == SignalKind::call) {
        return refuse(message, Error(ErrorCode::invalid_argument, "it has no reply: send it"));
      }
      if constexpr (HandlesCast<Server, M>) {
        run([&]() -> decltype(auto) { return server_->handle_cast(content); });
      } else {
        info(content);
      }
    }
  }

  template <typename M>
  void call_now(const M& content, const MessageSignal& request) {
    using R = typename M::Reply;
    using Returned = decltype(server_->handle_call(content));
    if constexpr (std::is_void_v<Returned>) {
      server_->handle_call(content);
      reply<R>(request);
    } else if constexpr (std::is_same_v<Returned, Answer<R>>) {
      Answer<R> result = server_->handle_call(content);
      if (result.failure) answer(request, failure(*result.failure));
      if constexpr (std::is_void_v<R>) {
        if (result.reply) reply<R>(request);
      } else {
        if (result.reply) reply<R>(request, std::move(*result.reply));
      }
      apply(std::move(result.then));
    } else if constexpr (std::is_same_v<Returned, Result<R>> && !std::is_same_v<Returned, R>) {
      Returned result = server_->handle_call(content);
      if (!result)
        answer(request, failure(result.error()));
      else if constexpr (std::is_void_v<R>)
        reply<R>(request);
      else
        reply<R>(request, std::move(*result));
    } else {
      reply<R>(request, server_->handle_call(content));
    }
  }

  template <typename M>
  void call_later(const M& content, const From<typename M::Reply>& from) {
    run([&]() -> decltype(auto) { return server_->handle_call(content, from); });
  }

  template <typename M>
  void info(const M& content) {
    if constexpr (HandlesInfo<Server, M>) {
      run([&]() -> decltype(auto) { return server_->handle_info(content); });
    }
  }

  /// Runs a visitor. An exception of it is the visitor's error, so the server continues.
  void visit(MessageSignal& message) {
    remember_call(message);
    try {
      static_cast<VisitServer<Server>*>(message.content())->run(*server_, message);
    } catch (const std::exception& problem) {
      answer(message, failure(Error(ErrorCode::invalid_argument, problem.what())));
    }
  }

  void exit_message(MessageSignal& message) {
    const Exit& signal = *static_cast<const Exit*>(message.content());
    if (signal.from == parent_of_this()) throw ExitProcess{signal.reason};
    info(signal);
  }

  /// Runs a handler that returns void or `Then`.
  template <typename F>
  void run(F handler) {
    if constexpr (std::is_void_v<decltype(handler())>)
      handler();
    else
      apply(Then(handler()));
  }

  /// Applies the action after a handler, with a chain of `handle_continue` of any length. Between
  /// two of these it takes in exit signals, which otherwise would have to wait for its end.
  void apply(Then then) {
    for (;;) {
      if (then.stop) return end_after_turn(std::move(*then.stop));
      if (then.timeout) arm_timeout(*then.timeout);
      if constexpr (requires { typename Server::Continue; }) {
        const auto* next = std::any_cast<typename Server::Continue>(&then.then_continue);
        if (next == nullptr) return;
        notice_exit();
        if constexpr (std::is_void_v<decltype(server_->handle_continue(*next))>)
          return server_->handle_continue(*next);
        else
          then = Then(server_->handle_continue(*next));
      } else {
        return;
      }
    }
  }

  void refuse(MessageSignal& message, const Error& error) {
    if (message.kind == SignalKind::call) {
      From<void>(message).fail(error);
    } else {
      log_unexpected(message, error.text());
    }
  }

  void unknown(MessageSignal& message) {
    refuse(message, Error(ErrorCode::invalid_argument, "the server does not know the message '" +
                                                           std::string(message.wire_name()) + "'"));
  }

  OneCall<std::unique_ptr<Server>> make_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<Then> first_;  // the action that `init` returned, until the start is done
};

}  // namespace detail
}  // namespace kith
