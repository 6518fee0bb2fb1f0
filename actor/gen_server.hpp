// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <functional>
#include <type_traits>
#include <utility>

#include "actor/from.hpp"
#include "actor/gen_server_body.hpp"
#include "actor/process.hpp"
#include "actor/server_answer.hpp"
#include "actor/server_control.hpp"
#include "actor/server_ref.hpp"
#include "actor/server_start.hpp"

namespace kith {

/// Runs a server process: private state and one handler for each message of its protocol, called
/// one at a time. A handler may wait (call, receive, sleep); only this process waits then.
///
///     struct Add {  // a request: it has a Reply
///       using Reply = int;
///       int number = 0;
///       KITH_WIRE("add", number)
///     };
///     struct Reset {  // a message without a reply
///       KITH_WIRE("reset")
///     };
///     class Counter : public GenServer<Counter, Protocol<Add, Reset>> {
///      public:
///       int handle_call(const Add& add) { return total_ += add.number; }
///       void handle_cast(const Reset&) { total_ = 0; }
///
///      private:
///       int total_ = 0;
///     };
///     auto counter = Counter::start_link(system).value();
///     Result<int> total = call(counter, Add{.number = 5});
///     auto sent = cast(counter, Reset{});
///
/// Handlers of requests: `Reply handle_call(const M&)`, also returning `Result<Reply>` or
/// `Answer<Reply>`, or `void handle_call(const M&, From<Reply>)` to answer later. Handlers of other
/// messages: `void handle_cast(const M&)` or `void handle_info(const M&)`, also returning `Then`.
/// Optional: `init()`, `terminate(reason)`, `handle_info(const Down&)`, `handle_info(const Exit&)`,
/// `handle_info(const Timeout&)`. The constructor runs in the new process. Source: gen_server(3).
/// Thread-safety: handlers run one at a time; the object is never touched by another process.
template <typename Derived, typename P>
class GenServer : public StartsServer<Derived, P, detail::GenServerBody<Derived, P>> {
 public:
  /// Returns `f(server)`, for inspecting a running system. `f` runs in the server, also while it is
  /// suspended, and must not wait. Errors: as `call`; `invalid_argument` if `f` threw.
  /// Source: sys:get_state/2.
  template <std::invocable<const Derived&> F>
  static auto get_state(const ServerRef<P>& server, F f,
                        Duration timeout = limits::call_timeout_default)
      -> Result<std::invoke_result_t<F&, const Derived&>> {
    return visit(
        server,
        [f = std::move(f)](Derived& state) mutable { return std::invoke(f, std::as_const(state)); },
        timeout);
  }
  /// Changes the server by `f(server)` and returns its result, for repairs. Otherwise as
  /// `get_state`. Source: sys:replace_state/3.
  template <std::invocable<Derived&> F>
  static auto replace_state(const ServerRef<P>& server, F f,
                            Duration timeout = limits::call_timeout_default)
      -> Result<std::invoke_result_t<F&, Derived&>> {
    return visit(server, std::move(f), timeout);
  }

 private:
  template <typename F>
  static auto visit(const ServerRef<P>& server, F f, Duration timeout)
      -> Result<std::invoke_result_t<F&, Derived&>> {
    using R = std::invoke_result_t<F&, Derived&>;
    detail::VisitServer<Derived> request{
        [f = std::move(f)](Derived& state, const detail::MessageSignal& asked) mutable {
          if constexpr (std::is_void_v<R>) {
            std::invoke(f, state);
            detail::reply<R>(asked);
          } else {
            detail::reply<R>(asked, std::invoke(f, state));
          }
        }};
    return detail::control_call<R>(server, std::move(request), timeout);
  }
};

}  // namespace kith
