#pragma once

#include "core/error.hpp"

namespace kith::cli {

/// The exit code of a command that ends with this error: 1 failed, 2 usage, 3 unreachable, 4 not
/// found, 5 not authorised, 6 timeout, 7 conflict or already exists.
[[nodiscard]] int exit_code(ErrorCode code);

/// Says on standard error what went wrong, as a sentence or as JSON, and gives the exit code.
int print_error(const Error& error, bool json);

}  // namespace kith::cli
