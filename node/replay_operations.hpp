#pragma once

#include "core/result.hpp"
#include "core/value.hpp"
#include "node/request_fields.hpp"

namespace kith {
class Node;
}

namespace kith::node {

/// The operations of a replay (docs/protocol.md): many decisions of one request, each taken at the
/// primary of its key. Requests of one connection are answered in order, so that the order per key
/// holds. Inside processes only. Errors: `invalid_argument`, `no_connection`, `timeout`.
[[nodiscard]] Result<Value> replay_limits(Node& node, const Fields& fields);
[[nodiscard]] Result<Value> replay_breakers(Node& node, const Fields& fields);
[[nodiscard]] Result<Value> replay_end(Node& node, const Fields& fields);

}  // namespace kith::node
