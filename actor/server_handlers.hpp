// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <type_traits>
#include <utility>

#include "actor/from.hpp"
#include "actor/server_answer.hpp"
#include "actor/server_ref.hpp"

/// Concepts of the handlers of a server, and the check that they match its protocol. For the
/// templates of this folder.
namespace kith::detail {

template <typename Server>
concept HasInit = requires(Server& server) { server.init(); };
template <typename Server>
concept HasTerminate =
    requires(Server& server, const ExitReason& reason) { server.terminate(reason); };
template <typename Server>
concept IsSupervisor = requires { typename Server::SupervisesChildren; };
template <typename Server, typename M>
concept HandlesInfo = requires(Server& server, const M& message) { server.handle_info(message); };
template <typename Server, typename M>
concept HandlesCast = requires(Server& server, const M& message) { server.handle_cast(message); };
template <typename Server, typename M>
concept HandlesCall = requires(Server& server, const M& message) { server.handle_call(message); };
template <typename Server, typename M>
concept HandlesCallLater =
    requires(Server& server, const M& message, From<typename M::Reply> from) {
      server.handle_call(message, from);
    };

/// Checks at compile time that a message of the protocol has exactly one handler of the right type.
/// The conditions are plain booleans, since the compiler explains a failed concept in many lines.
template <typename Server, typename M>
consteval bool check_handlers() {
  if constexpr (Request<M>) {
    constexpr bool now = HandlesCall<Server, M>;
    constexpr bool later = HandlesCallLater<Server, M>;
    static_assert(now || later,
                  "a request of the Protocol has no public handle_call(const Message&)");
    static_assert(!(now && later), "a request of the Protocol has two handle_call");
    if constexpr (now) {
      using Returned = decltype(std::declval<Server&>().handle_call(std::declval<const M&>()));
      using Reply = typename M::Reply;
      constexpr bool fits = std::is_same_v<Returned, Reply> ||
                            std::is_same_v<Returned, Result<Reply>> ||
                            std::is_same_v<Returned, Answer<Reply>>;
      static_assert(fits,
                    "handle_call must return the request's Reply, Result<Reply> or Answer<Reply>");
      return fits;
    }
    return later;
  } else {
    constexpr bool cast = HandlesCast<Server, M>;
    constexpr bool info = HandlesInfo<Server, M>;
    static_assert(cast || info,
                  "a message of the Protocol has no public handle_cast(const Message&)");
    static_assert(!(cast && info),
                  "a message of the Protocol has both handle_cast and handle_info");
    return cast != info;
  }
}

}  // namespace kith::detail
