// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/result.hpp"
#include "core/value.hpp"
#include "node/request_fields.hpp"

namespace kith {
class Node;
}

namespace kith::node {

/// Performs the operation `node_table` on a table of this node (docs/protocol.md, "Tables of a
/// node"), with the rights of a process that does not own the table. Inside processes only. Errors:
/// `invalid_argument`, `not_found`, `already_exists`, `unauthorised`, `overloaded`.
[[nodiscard]] Result<Value> node_table(Node& node, const Fields& fields);

}  // namespace kith::node
