// SPDX-License-Identifier: Apache-2.0
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

/// Returned by a handler that answers later, through its `From`.
struct NoReply {};
inline constexpr NoReply no_reply{};

/// The action of a server after a handler: continue (the default), end, or one of those below.
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

/// Ends the server with this reason once the handler has returned.
[[nodiscard]] inline Then stop(ExitReason reason) {
  Then then;
  then.stop = std::move(reason);
  return then;
}
/// Cancels the start without an error; from `init` only. The process ends with "normal", and the
/// start returns a reference with a null pid.
[[nodiscard]] inline Then ignore_start() {
  Then then;
  then.ignore = true;
  return then;
}
/// Delivers a `Timeout` if no message arrives within `duration`: never for `infinite`, as soon as
/// the mailbox is empty for zero or less. Requests to the server itself (its state, suspend,
/// resume) do not restart the time. If it expires while the server is suspended, the `Timeout` is
/// handled once it is resumed.
[[nodiscard]] inline Then timeout(Duration duration) {
  Then then;
  then.timeout = duration;
  return then;
}
/// Calls `handle_continue(x)` next, before any queued message; the server names the type of x as
/// `using Continue = ...`.
template <typename X>
[[nodiscard]] Then then_continue(X x) {
  Then then;
  then.then_continue = std::move(x);
  return then;
}
/// Continues as by default: an idle process has no stack, so hibernating has nothing to release.
/// Source: gen_server's `hibernate`.
[[nodiscard]] inline Then hibernate() {
  return {};
}

/// The reply of a handler that ends its server with it; made by `stop_and_reply`.
template <typename V>
struct StopAndReply {
  ExitReason reason;
  V reply;
};
/// Replies, then ends the server with this reason.
template <typename V>
[[nodiscard]] StopAndReply<std::decay_t<V>> stop_and_reply(ExitReason reason, V&& value) {
  return {std::move(reason), std::forward<V>(value)};
}

/// The result of a call handler: a reply or an error, and the action after it.
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
