#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "core/value.hpp"

namespace kith {

/// Values for variables: "$1", "$2", ...
using Bindings = std::map<std::string, Value>;

/// True when a value has the shape of a pattern: "_" is anything, "$1" and so on are variables (the
/// same one twice must be equal), arrays match element by element, maps when all fields of the
/// pattern match; anything else must be equal. Adds to `bindings`. Source: Elixir's
/// Registry.match/4. Thread-safety: any thread.
[[nodiscard]] bool matches(const Value& pattern, const Value& value, Bindings& bindings);

/// True when all guards hold: [operator, a, b] with <, >, <=, >=, ==, !=, and ["is_integer", a],
/// ["is_string", a], ["and", guard, guard], ["or", guard, guard]. A guard that is none does not
/// hold.
[[nodiscard]] bool hold(const ValueArray& guards, const Bindings& bindings);

/// The template with variables replaced.
[[nodiscard]] Value fill_in(const Value& pattern, const Bindings& bindings);

}  // namespace kith
