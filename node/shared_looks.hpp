// SPDX-License-Identifier: Apache-2.0
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

/// Read-only operations on shared limits and breakers (docs/protocol.md): they define, count and
/// change nothing. Inside processes only.
namespace kith::node {

/// Returns a page of all limits of the cluster. Error: `invalid_argument`.
[[nodiscard]] Result<Value> limit_list(Node& node, const Fields& fields);
/// Returns a limit and, with `key`, the usage of that key. Errors: `not_found`, `invalid_argument`;
/// for a key also `no_connection`, `timeout`.
[[nodiscard]] Result<Value> limit_show(Node& node, const Fields& fields);
/// Returns a page of all breakers of the cluster. Error: `invalid_argument`.
[[nodiscard]] Result<Value> breaker_list(Node& node, const Fields& fields);
/// Returns a breaker. Errors: `not_found`, `no_connection`, `timeout`.
[[nodiscard]] Result<Value> breaker_show(Node& node, const Fields& fields);

/// Returns the definitions in force of the named limits: the newest known to any member. Skips
/// limits without a definition and members that cannot be reached.
[[nodiscard]] std::map<std::string, resilience::LimitEntry> limit_definitions(
    Node& node, std::vector<std::string> names);
/// Returns the error for a limit without a definition.
[[nodiscard]] Error not_defined(const std::string& name);

}  // namespace kith::node
