#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "core/value.hpp"
#include "node/request_fields.hpp"
#include "resilience/limit_service.hpp"

namespace kith {
class Node;
}

/// The operations that look at shared limits and breakers (docs/protocol.md); none of them defines,
/// counts, opens or changes anything. Inside processes only.
namespace kith::node {

/// A page of all limits of the cluster. Error: `invalid_argument`.
[[nodiscard]] Result<Value> limit_list(Node& node, const Fields& fields);
/// One limit and, with `key`, what that has used. Errors: `not_found`, `invalid_argument`; for a
/// key also `no_connection`, `timeout`.
[[nodiscard]] Result<Value> limit_show(Node& node, const Fields& fields);
/// A page of all breakers of the cluster. Error: `invalid_argument`.
[[nodiscard]] Result<Value> breaker_list(Node& node, const Fields& fields);
/// One breaker. Errors: `not_found`, `no_connection`, `timeout`.
[[nodiscard]] Result<Value> breaker_show(Node& node, const Fields& fields);

/// The definitions in force of those of these limits that have one: the newest that any member
/// knows. A member that cannot be reached is passed over.
[[nodiscard]] std::map<std::string, resilience::LimitEntry> limit_definitions(
    Node& node, std::vector<std::string> names);
/// What is said of a limit that has no definition.
[[nodiscard]] Error not_defined(const std::string& name);

}  // namespace kith::node
