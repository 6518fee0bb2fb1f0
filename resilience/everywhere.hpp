// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include "actor/server_ref.hpp"
#include "actor/system.hpp"
#include "cluster/partition_router.hpp"
#include "core/result.hpp"

namespace kith::resilience {

/// Holds the answer of one node. Thread-safety: plain value.
template <typename Reply>
struct NodeAnswer {
  BootId node = 0;
  Result<Reply> reply;
};

/// Sends a request to the service of all active nodes in parallel, and waits for the answers for up
/// to `timeout` in total. Returns them in the order of the nodes' names. Errors of each: as `call`.
/// Inside processes only.
template <typename P, Request M>
[[nodiscard]] auto ask_everywhere(System& system, const cluster::PartitionRouter& router,
                                  cluster::Service service, const M& request, Duration timeout) {
  using Reply = typename M::Reply;
  const TimePoint deadline = system.clock().now() + timeout;
  std::vector<std::pair<BootId, Result<PendingReply<Reply>>>> pending;
  for (const Pid& pid : router.everywhere(service)) {
    pending.emplace_back(pid.node, send_request(ServerRef<P>(&system, pid), M(request)));
  }
  std::vector<NodeAnswer<Reply>> answers;
  for (const auto& [node, asked] : pending) {
    const Duration left = std::max<Duration>(deadline - system.clock().now(), Duration::zero());
    answers.push_back(
        {node, asked ? receive_response(*asked, left) : Result<Reply>(asked.error())});
  }
  return answers;
}

}  // namespace kith::resilience
