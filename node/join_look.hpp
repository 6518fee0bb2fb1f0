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

/// Why a node is not let in through an address. Thread-safety: plain value.
struct JoinObstacle {
  enum class Kind : std::uint8_t {
    none,           ///< it is this node itself
    bad_address,    ///< not HOST:PORT
    unknown_host,   ///< the host has no address
    refused,        ///< nothing listens there
    unreachable,    ///< there is no way to the machine
    no_answer,      ///< nothing comes back: a firewall, or the node is stopped
    no_node,        ///< what listens there is no node
    other_cluster,  ///< a node of another cluster
    not_let_in,     ///< a node that says no: the name is taken, or the versions do not fit
    one_way,        ///< it can be asked, but its answers do not reach this node
  };
  Kind kind = Kind::none;
  std::string text;  ///< the end of a sentence that begins with the address

  friend bool operator==(const JoinObstacle&, const JoinObstacle&) = default;
};

/// The kind's stable name, e.g. "refused".
[[nodiscard]] std::string_view to_string(JoinObstacle::Kind kind);
/// True when there is no use in waiting longer for an answer.
[[nodiscard]] bool is_final(JoinObstacle::Kind kind);
/// What `join` answers: `invalid_argument`, `no_connection`, `conflict` or `timeout`.
[[nodiscard]] Error join_error(const transport::Address& address, const JoinObstacle& obstacle);

/// Who asks. Thread-safety: plain value.
struct JoinSeeker {
  NodeId id;
  std::string cluster;
  transport::Address address;
};

/// What a node's answer to `info` means for one that it has not let in. Pure.
[[nodiscard]] JoinObstacle obstacle_of_info(const Value& info, const JoinSeeker& seeker);
/// Connects to the address and asks what is there. Blocks, at most twice `timeout` and the time of
/// the name service. Thread-safety: any thread.
[[nodiscard]] JoinObstacle look_at_seed(const transport::Address& address, const JoinSeeker& seeker,
                                        Duration timeout);

}  // namespace kith::node
