// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/result.hpp"
#include "core/value.hpp"
#include "node/request_fields.hpp"

namespace kith {
class Node;
}

namespace kith::node {

/// Perform the operations of shared limits (docs/protocol.md). Inside processes only. Errors:
/// `invalid_argument`, `overloaded`, `no_connection`, `timeout`; errors of an item of a batch are
/// the answer of that item.
[[nodiscard]] Result<Value> limit(Node& node, const Fields& fields);
[[nodiscard]] Result<Value> limit_batch(Node& node, const Fields& fields);
[[nodiscard]] Result<Value> limit_reserve(Node& node, const Fields& fields);
[[nodiscard]] Result<Value> limit_end(Node& node, const Fields& fields);

}  // namespace kith::node
