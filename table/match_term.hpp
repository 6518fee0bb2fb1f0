// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <span>
#include <string_view>

#include "core/value.hpp"
#include "table/match_pattern.hpp"

/// Terms and functions of match expressions. Internal to table/.
namespace kith::table {

/// Refers to a term or to a row (an array is a term, not a row); owns neither. Both null if the
/// computation failed.
struct MatchTerm {
  const Value* value = nullptr;
  const TableRow* row = nullptr;

  [[nodiscard]] bool failed() const { return value == nullptr && row == nullptr; }
  [[nodiscard]] bool is(bool truth) const { return value != nullptr && *value == Value(truth); }
  [[nodiscard]] Value copy() const { return row != nullptr ? Value(*row) : *value; }
};

/// Computes a function of expressions; false if it fails for these arguments.
using MatchFunction = bool (*)(std::span<const MatchTerm> arguments, Value& result);

/// A function with its name and its number of arguments.
struct NamedMatchFunction {
  std::string_view name;
  std::size_t arguments_min;
  std::size_t arguments_max;
  MatchFunction function;
};

/// Returns the function with this name, or null. Pure.
[[nodiscard]] const NamedMatchFunction* match_function(std::string_view name);

}  // namespace kith::table
