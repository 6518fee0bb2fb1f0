#pragma once

#include <memory>
#include <tuple>
#include <utility>

#include "actor/from.hpp"
#include "actor/gen_server_body.hpp"
#include "actor/process.hpp"
#include "actor/server_answer.hpp"
#include "actor/server_ref.hpp"

namespace kith {

/// A server process: private state and one handler for each message of its protocol, each run to
/// its end before the next; a handler may wait (call, receive, sleep) and then only this process
/// does.
///
/// For a request: `Reply handle_call(const M&)`, also returning `Result<Reply>` or `Answer<Reply>`,
/// or `void handle_call(const M&, From<Reply>)` to answer later. Else: `void handle_cast(const M&)`
/// or `void handle_info(const M&)`, also returning `Then`. Optional: `init()`, `terminate(reason)`,
/// `handle_info(const Down&)`, `handle_info(const Exit&)`, `handle_info(const Timeout&)`.
/// The constructor runs in the new process. Source: gen_server(3).
/// Thread-safety: handlers run one at a time; the object is never touched by another process.
template <typename Derived, typename P>
class GenServer {
 public:
  using Ref = ServerRef<P>;

  /// Starts a server linked to the calling process (or to the root of a `System` or `Node` given
  /// first) and waits until it is ready. An options argument may come before the constructor's
  /// arguments. `pid()` of the result is empty when `init` gave `ignore_start()`. Errors: what
  /// `init` returned or threw (`crashed`; as in OTP the link then carries the exit signal of the
  /// failed process), `already_exists`, `timeout`.
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
              [](auto&&... a) {
                return std::make_unique<Derived>(std::forward<decltype(a)>(a)...);
              },
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
