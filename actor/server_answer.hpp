#pragma once

#include <any>
#include <concepts>
#include <optional>
#include <type_traits>
#include <utility>

#include "actor/exit.hpp"
#include "actor/signal.hpp"
#include "core/clock.hpp"
#include "core/error.hpp"

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
  bool ignore = false;
};

/// Ends the server with this reason after the handler.
[[nodiscard]] inline Then stop(ExitReason reason) {
  Then then;
  then.stop = std::move(reason);
  return then;
}
/// From `init` only: there is nothing to run. The process ends with "normal", and the start gives a
/// reference to no process.
[[nodiscard]] inline Then ignore_start() {
  Then then;
  then.ignore = true;
  return then;
}
/// A `Timeout` is handled when no message comes for so long; never for `infinite`, and for zero or
/// less as soon as none waits. Requests to the server itself (its state, suspend, resume) are no
/// messages: the time goes on. If it ends while the server is suspended, it is handled when that is
/// resumed.
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
[[nodiscard]] inline Then hibernate() {
  return {};
}

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
  template <typename V>
    requires std::convertible_to<V, detail::ReplyContentT<R>>
  Answer(V&& value, Then next)
      : reply(detail::ReplyContentT<R>(std::forward<V>(value))), then(std::move(next)) {}
  Answer(Error error) : failure(std::move(error)) {}  // NOLINT
  Answer(NoReply) {}                                  // NOLINT
  Answer(Then next) : then(std::move(next)) {}        // NOLINT
  template <typename V>
  Answer(StopAndReply<V> last)  // NOLINT(google-explicit-constructor)
      : reply(std::move(last.reply)), then(stop(std::move(last.reason))) {}

  std::optional<detail::ReplyContentT<R>> reply;
  std::optional<Error> failure;
  Then then;
};

}  // namespace kith
