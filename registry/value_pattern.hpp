// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "core/value.hpp"

namespace kith {

/// Values of the variables "$1", "$2", ...
using Bindings = std::map<std::string, Value>;

/// Returns whether a value matches a pattern and adds the variables to `bindings`. "_" matches
/// anything, "$1" and so on are variables (equal at each use), arrays match element by element,
/// maps if all fields of the pattern match; other terms must be equal. Source: Elixir's
/// Registry.match/4. Thread-safety: any thread.
[[nodiscard]] bool matches(const Value& pattern, const Value& value, Bindings& bindings);

/// Returns whether all guards are true: [operator, a, b] with <, >, <=, >=, ==, !=, and
/// ["is_integer", a], ["is_string", a], ["and", guard, guard], ["or", guard, guard]. A malformed
/// guard is false.
[[nodiscard]] bool hold(const ValueArray& guards, const Bindings& bindings);

/// Returns the pattern with its variables replaced.
[[nodiscard]] Value fill_in(const Value& pattern, const Bindings& bindings);

}  // namespace kith
