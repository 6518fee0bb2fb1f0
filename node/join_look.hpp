// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/node_id.hpp"
#include "core/value.hpp"
#include "transport/reachability.hpp"

namespace kith::node {

/// Explains why this node cannot join through an address. Thread-safety: plain value.
struct JoinObstacle {
  enum class Kind : std::uint8_t {
    none,           ///< the address is this node
    bad_address,    ///< not HOST:PORT
    unknown_host,   ///< the host name does not resolve
    refused,        ///< nothing listens there
    unreachable,    ///< no route to the machine
    no_answer,      ///< no reply: a firewall, or the node is stopped
    no_node,        ///< the listener does not speak kith's protocol
    other_cluster,  ///< a node of another cluster
    not_let_in,     ///< the node refused: the name is taken, or the versions do not match
    one_way,        ///< it answers requests, but cannot reach this node
  };
  Kind kind = Kind::none;
  std::string text;  ///< the predicate of a sentence whose subject is the address

  friend bool operator==(const JoinObstacle&, const JoinObstacle&) = default;
};

/// Returns the kind's stable name, e.g. "refused".
[[nodiscard]] std::string_view to_string(JoinObstacle::Kind kind);
/// Returns true if waiting longer cannot help.
[[nodiscard]] bool is_final(JoinObstacle::Kind kind);
/// Returns the error of `join`: `invalid_argument`, `no_connection`, `conflict` or `timeout`.
[[nodiscard]] Error join_error(const transport::Address& address, const JoinObstacle& obstacle);

/// Identifies the joining node. Thread-safety: plain value.
struct JoinSeeker {
  NodeId id;
  std::string cluster;
  transport::Address address;
};

/// Derives the obstacle from a node's answer to `info`. Pure.
[[nodiscard]] JoinObstacle obstacle_of_info(const Value& info, const JoinSeeker& seeker);
/// Connects to the address and sends `info`. Blocks for up to twice `timeout` plus the name lookup.
/// Thread-safety: any thread.
[[nodiscard]] JoinObstacle look_at_seed(const transport::Address& address, const JoinSeeker& seeker,
                                        Duration timeout);

}  // namespace kith::node
