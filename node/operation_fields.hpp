#pragma once

#include <string_view>

#include "core/result.hpp"
#include "core/value.hpp"

namespace kith::node {

/// Refuses a request with a field that its operation does not know, for that is a slip of the pen
/// more often than not: the error names the nearest field. Fields of an operation that is not in
/// the table of operation_fields.cpp are not looked at. Errors: `invalid_argument`. Thread-safety:
/// pure.
[[nodiscard]] Result<void> check_fields(std::string_view operation, const Value& request);

/// Whether the table knows the fields of this operation.
[[nodiscard]] bool has_known_fields(std::string_view operation);

}  // namespace kith::node
