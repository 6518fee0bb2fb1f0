#pragma once

#include "core/value.hpp"
#include "tests/conformance/world.hpp"

namespace kith::conformance {

/// What a function of a scenario makes of a state. Runs inside a process; may end it.
[[nodiscard]] Value apply(const Value& function, const Value& state, World& world);
/// The same for a function that gives an answer and changes the state.
[[nodiscard]] Value apply_pair(const Value& function, Value& state, World& world);

}  // namespace kith::conformance
