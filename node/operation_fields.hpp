// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "core/result.hpp"
#include "core/value.hpp"

namespace kith::node {

/// Refuses a request with an unknown field, which is usually a typing error; the error suggests the
/// nearest field. Operations that are not in the table of operation_fields.cpp are not checked.
/// Errors: `invalid_argument`. Thread-safety: pure.
[[nodiscard]] Result<void> check_fields(std::string_view operation, const Value& request);

/// Returns whether the table contains the operation.
[[nodiscard]] bool has_known_fields(std::string_view operation);

}  // namespace kith::node
