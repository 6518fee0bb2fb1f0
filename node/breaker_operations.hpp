// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/result.hpp"
#include "core/value.hpp"
#include "node/request_fields.hpp"

namespace kith {
class Node;
}

namespace kith::node {

/// Performs the operation `breaker` (docs/protocol.md). Inside processes only. Errors:
/// `invalid_argument`, `overloaded`, `no_connection`, `timeout`.
[[nodiscard]] Result<Value> breaker(Node& node, const Fields& fields);

}  // namespace kith::node
