#pragma once

#include <chrono>
#include <string>

#include "core/clock.hpp"
#include "core/value.hpp"

/// Small helpers for the terms that scenarios are written in.
namespace kith::conformance {

/// The element of an array, or null.
[[nodiscard]] const Value& at(const Value& array, std::size_t index);
/// The elements of an array; none for anything else.
[[nodiscard]] const ValueArray& items(const Value& value);
/// The text of a string; empty for anything else.
[[nodiscard]] std::string text(const Value& value);
/// The text of an element, mostly of the first: the name of an operation.
[[nodiscard]] std::string text_at(const Value& array, std::size_t index);
/// The field of an object, or null.
[[nodiscard]] const Value& field(const Value& object, std::string_view name);
/// True for true.
[[nodiscard]] bool is_true(const Value& value);
/// A number of milliseconds, "infinity", or absent.
[[nodiscard]] Duration milliseconds(const Value& value, Duration otherwise);
/// [first, second]
[[nodiscard]] Value pair(Value first, Value second);
/// ["during", reason, operation] as the reason of an exit: ["exit", ["during", reason, operation]].
[[nodiscard]] Value exit_during(Value reason, std::string operation);
/// The value with every element or value equal to `variable` replaced.
[[nodiscard]] Value substitute(const Value& value, std::string_view variable, const Value& by);

}  // namespace kith::conformance
