// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/result.hpp"
#include "core/value.hpp"
#include "node/request_fields.hpp"

namespace kith {
class Node;
}

namespace kith::node {

/// Perform the operations of a replay (docs/protocol.md): N decisions per request, each made at the
/// primary of its key. The requests of a connection are answered in order, which keeps the order
/// per key. Inside processes only. Errors: `invalid_argument`, `no_connection`, `timeout`.
[[nodiscard]] Result<Value> replay_limits(Node& node, const Fields& fields);
[[nodiscard]] Result<Value> replay_breakers(Node& node, const Fields& fields);
[[nodiscard]] Result<Value> replay_end(Node& node, const Fields& fields);

}  // namespace kith::node
