// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/result.hpp"
#include "core/value.hpp"
#include "node/request_fields.hpp"

namespace kith {
class Node;
}

namespace kith::node {

/// Lists the shared tables with the nodes that store their rows; asks all active members
/// (docs/protocol.md, `tables`). Inside processes only. Error: `invalid_argument`.
[[nodiscard]] Result<Value> shared_tables(Node& node, const Fields& fields);

}  // namespace kith::node
