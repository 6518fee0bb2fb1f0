#pragma once

#include "core/result.hpp"
#include "core/value.hpp"
#include "node/request_fields.hpp"

namespace kith {
class Node;
}

namespace kith::node {

/// Lists the tables that all nodes share, with the nodes that their rows live on: asks all members
/// that take part (docs/protocol.md, `tables`). Inside processes only. Error: `invalid_argument`.
[[nodiscard]] Result<Value> shared_tables(Node& node, const Fields& fields);

}  // namespace kith::node
