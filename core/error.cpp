// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"

#include <array>

#include "core/value.hpp"

namespace kith {
namespace {

constexpr std::array<std::string_view, 16> names = {
    "timeout",      "no_process",     "no_connection", "overloaded",
    "circuit_open", "rate_limited",   "decode",        "invalid_argument",
    "not_found",    "already_exists", "conflict",      "unauthorised",
    "unavailable",  "crashed",        "input_output",  "internal"};

}  // namespace

std::string_view to_string(ErrorCode code) {
  return names.at(static_cast<std::size_t>(code));
}

std::optional<ErrorCode> error_code_from_string(std::string_view name) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == name) return static_cast<ErrorCode>(i);
  }
  return std::nullopt;
}

std::string Error::to_string() const {
  return std::string(kith::to_string(code_)) + ": " + text_;
}

Error Error::with_reason(const Value& reason) const {
  Error same = *this;
  same.reason_ = std::make_shared<const Value>(reason);
  return same;
}

}  // namespace kith
