#pragma once

#include <compare>
#include <span>
#include <string_view>

#include "core/value.hpp"
#include "table/match_pattern.hpp"

/// What the expressions of match specifications compute with. Internal to table/.
namespace kith::table {

/// A term or a row, which is none: an array is not a row. Neither is owned. Of no value when the
/// computation failed.
struct MatchTerm {
  const Value* value = nullptr;
  const TableRow* row = nullptr;

  [[nodiscard]] bool failed() const { return value == nullptr && row == nullptr; }
  [[nodiscard]] bool is(bool truth) const { return value != nullptr && *value == Value(truth); }
  [[nodiscard]] Value copy() const { return row != nullptr ? Value(*row) : *value; }
};

/// A function of expressions; false when it fails for these arguments.
using MatchFunction = bool (*)(std::span<const MatchTerm> arguments, Value& result);

/// A function by its name, and how many arguments it takes.
struct NamedMatchFunction {
  std::string_view name;
  std::size_t arguments_min;
  std::size_t arguments_max;
  MatchFunction function;
};

/// The function of that name, or null. Pure.
[[nodiscard]] const NamedMatchFunction* match_function(std::string_view name);

}  // namespace kith::table
