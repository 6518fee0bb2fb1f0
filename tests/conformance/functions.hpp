// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/value.hpp"
#include "tests/conformance/world.hpp"

namespace kith::conformance {

/// Applies a function of a scenario to a state. Runs inside a process; may end it.
[[nodiscard]] Value apply(const Value& function, const Value& state, World& world);
/// Applies a function that returns a reply and changes the state.
[[nodiscard]] Value apply_pair(const Value& function, Value& state, World& world);

}  // namespace kith::conformance
