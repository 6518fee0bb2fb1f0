// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/result.hpp"
#include "core/value.hpp"
#include "supervision/child_spec.hpp"
#include "supervision/dynamic_supervisor.hpp"
#include "supervision/supervisor.hpp"

namespace kith {

/// Reads a child specification from a map, with the names of supervisor(3): `{"id": string,
/// "restart": "permanent" | "transient" | "temporary", "shutdown": milliseconds | "infinity" |
/// "brutal_kill", "type": "worker" | "supervisor", "significant": bool}`. Only `id` is required;
/// the default `shutdown` of a supervisor is "infinity". Ignores other fields. Error:
/// `invalid_argument`, naming field and value. Thread-safety: any thread.
[[nodiscard]] Result<ChildSpec> child_spec_from_value(const Value& data, ChildStart start);

/// Reads supervisor options from a map: `{"strategy": "one_for_one" | "one_for_all" |
/// "rest_for_one", "max_restarts": count, "max_seconds": seconds, "auto_shutdown": "never" |
/// "any_significant" | "all_significant"}`, all optional. Errors as above.
[[nodiscard]] Result<SupervisorOptions> supervisor_options_from_value(const Value& data);

/// Reads dynamic supervisor options: as above, but `strategy` must be "one_for_one", with an
/// optional `"max_children": count`.
[[nodiscard]] Result<DynamicSupervisorOptions> dynamic_supervisor_options_from_value(
    const Value& data);

/// Returns the specification as such a map, including defaults.
[[nodiscard]] Value child_spec_to_value(const ChildSpec& spec);

}  // namespace kith
