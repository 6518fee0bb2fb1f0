// SPDX-License-Identifier: Apache-2.0
#include "resilience/stage.hpp"

#include "core/value.hpp"

namespace kith {
namespace detail {

Error refused(const Error& error, const char* stage) {
  return error.with_reason(Value::map({{"refused_by", stage}}));
}

Result<void> not_negative(const char* option, Duration value) {
  if (value >= Duration::zero()) return {};
  return {ErrorCode::invalid_argument,
          std::string(option) + ": must be zero or more, or infinite; it was negative"};
}

}  // namespace detail

std::optional<std::string> refused_by(const Error& error) {
  const Value* const stage =
      error.reason() == nullptr ? nullptr : error.reason()->find("refused_by");
  if (stage == nullptr) return std::nullopt;
  return stage->text_or("");
}

}  // namespace kith
