// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <tuple>
#include <utility>

#include "actor/process.hpp"
#include "actor/server_body.hpp"
#include "actor/server_ref.hpp"

namespace kith {

/// Starts servers: the base of `GenServer`, `StateMachine` and `EventStateMachine`. `Body` is the
/// process body that creates and runs the server.
template <typename Server, typename P, typename Body>
class StartsServer {
 public:
  using Ref = ServerRef<P>;

  /// Starts a server linked to the calling process (or to the root of a `System` or `Node` given
  /// first) and waits until it is ready. `StartOptions` may precede the constructor's arguments.
  /// The pid of the result is null if `init` returned `ignore_start()`. Errors: `crashed` with the
  /// error that `init` returned or threw (as in OTP, the caller also receives the exit signal of
  /// the failed process through the link), `already_exists`, `timeout`.
  template <typename... A>
  static Result<Ref> start_link(A&&... arguments) {
    return begin(detail::Bond::link, std::forward<A>(arguments)...);
  }
  /// Starts a server as `start_link` does, without a link.
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
    auto body =
        std::make_unique<Body>([packed = std::make_tuple(std::forward<A>(arguments)...)]() mutable {
          return std::apply(
              [](auto&&... a) { return std::make_unique<Server>(std::forward<decltype(a)>(a)...); },
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

}  // namespace kith
