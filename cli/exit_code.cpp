// SPDX-License-Identifier: Apache-2.0
#include "cli/exit_code.hpp"

#include <cstdio>

#include <fmt/format.h>

#include "cli/output.hpp"
#include "core/value.hpp"

namespace kith::cli {

int exit_code(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_argument:
      return 2;
    case ErrorCode::no_connection:
      return 3;
    case ErrorCode::not_found:
    case ErrorCode::no_process:
      return 4;
    case ErrorCode::unauthorised:
      return 5;
    case ErrorCode::timeout:
      return 6;
    case ErrorCode::conflict:
    case ErrorCode::already_exists:
      return 7;
    default:
      return 1;
  }
}

int print_error(const Error& error, bool json) {
  if (json) {
    const Value value = Value::map(
        {{"error",
          Value::map({{"code", std::string(to_string(error.code()))}, {"text", error.text()}})}});
    fmt::print(stderr, "{}\n", to_json(value));
  } else {
    fmt::print(stderr, "kith: {}\n", for_screen(error.text()));
  }
  return exit_code(error.code());
}

}  // namespace kith::cli
