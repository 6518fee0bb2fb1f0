// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/error.hpp"

namespace kith::cli {

/// Returns the exit code for an error: 1 failed, 2 usage error, 3 unreachable, 4 not found,
/// 5 not authorised, 6 timeout, 7 conflict or already exists.
[[nodiscard]] int exit_code(ErrorCode code);

/// Prints the error on standard error, as a sentence or as JSON, and returns its exit code.
int print_error(const Error& error, bool json);

}  // namespace kith::cli
