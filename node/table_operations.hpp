#pragma once

#include "core/result.hpp"
#include "core/value.hpp"
#include "node/request_fields.hpp"

namespace kith {
class Node;
}

namespace kith::node {

/// The operation `node_table`: the tables of this node alone (docs/protocol.md, "Tables of a
/// node"). Inside processes only; the rights are those of a stranger. Errors: `invalid_argument`,
/// `not_found`, `already_exists`, `unauthorised`, `overloaded`.
[[nodiscard]] Result<Value> node_table(Node& node, const Fields& fields);

}  // namespace kith::node
