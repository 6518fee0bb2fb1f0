// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <vector>

#include "actor/server_ref.hpp"

namespace kith {

/// Sends one request to many servers at once and waits for all replies until one common deadline.
/// Returns a result per server, in the same order; a slow or dead server does not delay the
/// requests to others. Errors of each: as `call`. Inside processes only.
/// Source: gen_server:multi_call/4.
///
///     struct GetPrice {
///       using Reply = int;
///       std::string item;
///       KITH_WIRE("shop.price", item)
///     };
///     std::vector<ServerRef<Protocol<GetPrice>>> shops;
///     auto prices = multi_call(shops, GetPrice{.item = "tea"}, 2s);
template <typename P, Request M>
std::vector<Result<typename M::Reply>> multi_call(const std::vector<ServerRef<P>>& servers,
                                                  const M& request,
                                                  Duration timeout = limits::call_timeout_default) {
  using R = typename M::Reply;
  Clock& clock = detail::this_system().clock();
  const TimePoint deadline = deadline_after(clock.now(), timeout);
  std::vector<Result<PendingReply<R>>> pending;
  pending.reserve(servers.size());
  for (const auto& server : servers) pending.push_back(send_request(server, M(request)));
  std::vector<Result<R>> results;
  results.reserve(servers.size());
  for (const auto& each : pending) {
    const Duration left =
        timeout == infinite ? infinite : std::max(deadline - clock.now(), Duration::zero());
    if (each)
      results.push_back(receive_response(*each, left));
    else
      results.push_back(each.error());
  }
  return results;
}

}  // namespace kith
