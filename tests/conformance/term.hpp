// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>

#include "core/clock.hpp"
#include "core/value.hpp"

/// Helpers for the terms of scenarios.
namespace kith::conformance {

/// Returns an element of an array, or null.
[[nodiscard]] const Value& at(const Value& array, std::size_t index);
/// Returns the elements of an array; none for other values.
[[nodiscard]] const ValueArray& items(const Value& value);
/// Returns a string; empty for other values.
[[nodiscard]] std::string text(const Value& value);
/// Returns a string element, by default the first: the name of an operation.
[[nodiscard]] std::string text_at(const Value& array, std::size_t index);
/// Returns a field of an object, or null.
[[nodiscard]] const Value& field(const Value& object, std::string_view name);
/// Returns whether a value is true.
[[nodiscard]] bool is_true(const Value& value);
/// Converts a number of milliseconds, "infinity", or a missing value.
[[nodiscard]] Duration milliseconds(const Value& value, Duration otherwise);
/// [first, second]
[[nodiscard]] Value pair(Value first, Value second);
/// Returns the exit reason ["exit", ["during", reason, operation]].
[[nodiscard]] Value exit_during(Value reason, std::string operation);
/// Replaces every element or value that is equal to `variable`.
[[nodiscard]] Value substitute(const Value& value, std::string_view variable, const Value& by);

}  // namespace kith::conformance
