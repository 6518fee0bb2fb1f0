#pragma once

#include <any>
#include <concepts>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

#include "actor/from.hpp"
#include "actor/process.hpp"
#include "actor/server_ref.hpp"

namespace kith {

/// A handler's wish to answer later, through the `From` it took.
struct NoReply {};
inline constexpr NoReply no_reply{};

/// What a server does after a handler: go on (the default), end, or one of the below.
/// Source: gen_server's return tuples. Thread-safety: plain value.
class Then {
 public:
  Then() = default;
  Then(NoReply) {}  // NOLINT(google-explicit-constructor)

  std::optional<ExitReason> stop;
  std::optional<Duration> timeout;
  std::any then_continue;
};

/// Ends the server with this reason after the handler.
[[nodiscard]] inline Then stop(ExitReason reason) {
  Then then;
  then.stop = std::move(reason);
  return then;
}
/// A `Timeout` is handled when no message comes for so long.
[[nodiscard]] inline Then timeout(Duration duration) {
  Then then;
  then.timeout = duration;
  return then;
}
/// `handle_continue(x)` runs next, before any waiting message; the server names the type of x as
/// `using Continue = ...`.
template <typename X>
[[nodiscard]] Then then_continue(X x) {
  Then then;
  then.then_continue = std::move(x);
  return then;
}
/// Goes on and gives back memory that is not needed while it sleeps. An idle process owns no stack,
/// so nothing more has to be done than to say so.
[[nodiscard]] inline Then hibernate() { return {}; }

/// Replies, then ends the server.
template <typename V>
struct StopAndReply {
  ExitReason reason;
  V reply;
};
template <typename V>
[[nodiscard]] StopAndReply<std::decay_t<V>> stop_and_reply(ExitReason reason, V&& value) {
  return {std::move(reason), std::forward<V>(value)};
}

/// What a call handler gives: a reply (or an error) and what to do then.
template <typename R>
class Answer {
 public:
  template <typename V>
    requires std::convertible_to<V, detail::ReplyContentT<R>>
  Answer(V&& value) : reply(detail::ReplyContentT<R>(std::forward<V>(value))) {}  // NOLINT
  Answer(Error error) : failure(std::move(error)) {}                              // NOLINT
  Answer(NoReply) {}                                                              // NOLINT
  Answer(Then next) : then(std::move(next)) {}                                    // NOLINT
  template <typename V>
  Answer(StopAndReply<V> last)  // NOLINT(google-explicit-constructor)
      : reply(std::move(last.reply)), then(stop(std::move(last.reason))) {}

  std::optional<detail::ReplyContentT<R>> reply;
  std::optional<Error> failure;
  Then then;
};

namespace detail {

Pid parent_of_this();
/// Says so, from inside the new process.
void acknowledge_start(Pid starter, Reference request);
void log_unexpected(const MessageSignal& message, std::string_view who);

/// What all servers share: the acknowledged start, stop, time-outs.
class ServerBody : public ProcessBody {
 public:
  std::pair<Pid, Reference> starter;                  ///< who waits, with which request
  std::function<Result<void>(Pid)> register_as;       ///< see `StartOptions`

 protected:
  void started();
  /// Arms the time-out that a handler asked for.
  void arm_timeout(Duration duration);
  /// What a message is for the server itself.
  enum class Own : std::uint8_t { no, timeout, handled };
  /// Recognises its time-out (any other message disarms it) and the order to stop.
  Own take_own(MessageSignal& message);
  /// Keeps the starter's call open until `started` and takes the name.
  void starting();

 private:
  struct TimeoutDue {
    std::uint64_t number;
  };
  Timer timer_;
  std::uint64_t timeout_number_ = 0;
  bool timeout_armed_ = false;
};

/// Starts a server and waits until it says that its initialisation is done.
Result<Pid> start_and_wait(System& system, std::unique_ptr<ServerBody> body,
                           const StartOptions& options, Bond bond);

template <typename Server>
concept HasInit = requires(Server& server) { server.init(); };
template <typename Server>
concept HasTerminate = requires(Server& server, const ExitReason& reason) {
  server.terminate(reason);
};
template <typename Server, typename M>
concept HandlesInfo = requires(Server& server, const M& message) { server.handle_info(message); };
template <typename Server, typename M>
concept HandlesCast = requires(Server& server, const M& message) { server.handle_cast(message); };
template <typename Server, typename M>
concept HandlesCall = requires(Server& server, const M& message) { server.handle_call(message); };
template <typename Server, typename M>
concept HandlesCallLater = requires(Server& server, const M& message,
                                    From<typename M::Reply> from) {
  server.handle_call(message, from);
};

/// Checks at compile time that each message of the protocol has exactly its handler.
template <typename Server, typename M>
consteval bool check_handlers() {
  if constexpr (Request<M>) {
    static_assert(HandlesCall<Server, M> || HandlesCallLater<Server, M>,
                  "a request of the Protocol has no public handle_call(const Message&)");
    static_assert(!(HandlesCall<Server, M> && HandlesCallLater<Server, M>),
                  "a request of the Protocol has two handle_call");
    if constexpr (HandlesCall<Server, M>) {
      using Returned = decltype(std::declval<Server&>().handle_call(std::declval<const M&>()));
      using Reply = typename M::Reply;
      static_assert(std::is_same_v<Returned, Reply> || std::is_same_v<Returned, Result<Reply>> ||
                        std::is_same_v<Returned, Answer<Reply>>,
                    "handle_call must return the request's Reply, Result<Reply> or Answer<Reply>");
    }
  } else {
    static_assert(HandlesCast<Server, M> || HandlesInfo<Server, M>,
                  "a message of the Protocol has no public handle_cast(const Message&)");
    static_assert(!(HandlesCast<Server, M> && HandlesInfo<Server, M>),
                  "a message of the Protocol has both handle_cast and handle_info");
  }
  return true;
}

/// Runs a server object as a process: decodes, dispatches, answers.
template <typename Server, typename P>
class GenServerBody;

template <typename Server, typename... Messages>
class GenServerBody<Server, Protocol<Messages...>> final : public ServerBody {
 public:
  explicit GenServerBody(std::move_only_function<std::unique_ptr<Server>()> make)
      : make_(std::move(make)) {
    static_assert((check_handlers<Server, Messages>() && ...));
    static_assert(Protocol<Messages...>::names_differ(), "two messages have the same wire name");
  }

  void start() override {
    starting();
    server_ = make_();
    make_ = nullptr;
    if constexpr (HasInit<Server>) {
      using Returned = decltype(server_->init());
      if constexpr (std::is_void_v<Returned>) {
        server_->init();
        started();
      } else if constexpr (std::is_same_v<Returned, Then>) {
        Then then = server_->init();
        if (!then.stop) started();
        obey(std::move(then));
      } else {
        const Result<void> ready = server_->init();
        if (!ready) throw ExitProcess{Value(ready.error().text())};
        started();
      }
    } else {
      started();
    }
  }

  void handle(MessagePointer message) override {
    if (const Own own = take_own(*message); own != Own::no) {
      if (own == Own::timeout) info(Timeout{});
      return;
    }
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
  template <typename M>
  bool dispatch(MessageSignal& message) {
    if (message.type() == typeid(M)) {
      deliver(message, *static_cast<const M*>(message.content()));
      return true;
    }
    if constexpr (WireMessageType<M>) {
      if (message.type() == typeid(EncodedMessage) && message.wire_name() == M::kith_wire_name()) {
        Result<M> decoded = content_as<M>(message, wire_format());
        if (decoded) deliver(message, *decoded);
        else refuse(message, decoded.error());
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
      remember_call(message.from, message.reference);
      const From<typename M::Reply> from(this_system(), self(), message.from, message.reference);
      if constexpr (HandlesCallLater<Server, M>) call_later(content, from);
      else call_now(content, from);
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

  template <typename M, typename R>
  void call_now(const M& content, const From<R>& from) {
    using Returned = decltype(server_->handle_call(content));
    if constexpr (std::is_void_v<Returned>) {
      server_->handle_call(content);
      from.reply();
    } else if constexpr (std::is_same_v<Returned, Answer<R>>) {
      Answer<R> answer = server_->handle_call(content);
      if (answer.failure) from.fail(*answer.failure);
      if constexpr (std::is_void_v<R>) {
        if (answer.reply) from.reply();
      } else {
        if (answer.reply) from.reply(std::move(*answer.reply));
      }
      obey(std::move(answer.then));
    } else if constexpr (std::is_same_v<Returned, Result<R>> && !std::is_same_v<Returned, R>) {
      Returned result = server_->handle_call(content);
      if (!result) from.fail(result.error());
      else if constexpr (std::is_void_v<R>) from.reply();
      else from.reply(std::move(*result));
    } else {
      from.reply(server_->handle_call(content));
    }
  }

  template <typename M, typename R>
  void call_later(const M& content, const From<R>& from) {
    run([&]() -> decltype(auto) { return server_->handle_call(content, from); });
  }

  template <typename M>
  void info(const M& content) {
    if constexpr (HandlesInfo<Server, M>) {
      run([&]() -> decltype(auto) { return server_->handle_info(content); });
    }
  }

  void exit_message(MessageSignal& message) {
    const Exit& signal = *static_cast<const Exit*>(message.content());
    if (signal.from == parent_of_this()) throw ExitProcess{signal.reason};
    info(signal);
  }

  /// Runs a handler that gives nothing or `Then`.
  template <typename F>
  void run(F handler) {
    if constexpr (std::is_void_v<decltype(handler())>) handler();
    else obey(Then(handler()));
  }

  void obey(Then then) {
    if (then.stop) throw ExitProcess{std::move(*then.stop)};
    if (then.timeout) arm_timeout(*then.timeout);
    if constexpr (requires { typename Server::Continue; }) {
      if (auto* x = std::any_cast<typename Server::Continue>(&then.then_continue)) {
        run([&]() -> decltype(auto) { return server_->handle_continue(*x); });
      }
    }
  }

  void refuse(MessageSignal& message, const Error& error) {
    if (message.kind == SignalKind::call) {
      From<void>(this_system(), self(), message.from, message.reference).fail(error);
    } else {
      log_unexpected(message, error.text());
    }
  }

  void unknown(MessageSignal& message) {
    refuse(message, Error(ErrorCode::invalid_argument,
                          "the server does not know the message '" +
                              std::string(message.wire_name()) + "'"));
  }

  std::move_only_function<std::unique_ptr<Server>()> make_;
  std::unique_ptr<Server> server_;
};

}  // namespace detail

/// A server process: private state and one handler for each message of its protocol, each run to its
/// end before the next; a handler may wait (call, receive, sleep) and then only this process does.
///
/// For a request: `Reply handle_call(const M&)`, also returning `Result<Reply>` or `Answer<Reply>`, or
/// `void handle_call(const M&, From<Reply>)` to answer later. Else: `void handle_cast(const M&)` or
/// `void handle_info(const M&)`, also returning `Then`. Optional: `init()`, `terminate(reason)`,
/// `handle_info(const Down&)`, `handle_info(const Exit&)`, `handle_info(const Timeout&)`.
/// The constructor runs in the new process. Source: gen_server(3).
/// Thread-safety: handlers run one at a time; the object is never touched by another process.
template <typename Derived, typename P>
class GenServer {
 public:
  using Ref = ServerRef<P>;

  /// Starts a server linked to the calling process (or to the root of a `System` or `Node` given
  /// first) and waits until it is ready. An options argument may come before the constructor's
  /// arguments. Errors: what `init` returned or threw (`crashed`), `already_exists`, `timeout`.
  template <typename... A>
  static Result<Ref> start_link(A&&... arguments) {
    return begin(detail::Bond::link, std::forward<A>(arguments)...);
  }
  /// The same without a link.
  template <typename... A>
  static Result<Ref> start(A&&... arguments) {
    return begin(detail::Bond::none, std::forward<A>(arguments)...);
  }

 private:
  template <HasSystem S, typename... A>
  static Result<Ref> begin(detail::Bond bond, S& owner, A&&... arguments) {
    return with_options(owner.system(), bond, std::forward<A>(arguments)...);
  }
  template <typename... A>
  static Result<Ref> begin(detail::Bond bond, A&&... arguments) {
    return with_options(detail::this_system(), bond, std::forward<A>(arguments)...);
  }
  template <typename... A>
  static Result<Ref> with_options(System& system, detail::Bond bond, StartOptions options,
                                  A&&... arguments) {
    auto body = std::make_unique<detail::GenServerBody<Derived, P>>(
        [packed = std::make_tuple(std::forward<A>(arguments)...)]() mutable {
          return std::apply(
              [](auto&&... a) { return std::make_unique<Derived>(std::forward<decltype(a)>(a)...); },
              std::move(packed));
        });
    const Result<Pid> pid = detail::start_and_wait(system, std::move(body), options, bond);
    if (!pid) return pid.error();
    return Ref(&system, *pid);
  }
  template <typename... A>
  static Result<Ref> with_options(System& system, detail::Bond bond, A&&... arguments) {
    return with_options(system, bond, StartOptions{}, std::forward<A>(arguments)...);
  }
};

/// Ends a server in an orderly way and waits for it: `terminate` runs. Errors: `no_process`,
/// `timeout`, `crashed` when it ended for another reason. Source: gen_server:stop/3.
Result<void> stop_server(const ServerAddress& server, ExitReason reason = "normal",
                         Duration timeout = infinite);

}  // namespace kith
