#pragma once

#include "core/result.hpp"
#include "core/value.hpp"
#include "supervision/child_spec.hpp"
#include "supervision/dynamic_supervisor.hpp"
#include "supervision/supervisor.hpp"

namespace kith {

/// Reads the specification of a child from data, as configuration and the wire bring it, with the
/// words of supervisor(3): `{"id": text, "restart": "permanent" | "transient" | "temporary",
/// "shutdown": milliseconds | "infinity" | "brutal_kill", "type": "worker" | "supervisor",
/// "significant": bool}`. Only `id` is needed; a supervisor's `shutdown` is "infinity" when it is
/// absent. Other fields are passed over. Error: `invalid_argument`, naming field and value.
/// Thread-safety: any thread.
[[nodiscard]] Result<ChildSpec> child_spec_from_value(const Value& data, ChildStart start);

/// Reads how a supervisor works: `{"strategy": "one_for_one" | "one_for_all" | "rest_for_one",
/// "max_restarts": count, "max_seconds": seconds, "auto_shutdown": "never" | "any_significant" |
/// "all_significant"}`, all optional. Errors as above.
[[nodiscard]] Result<SupervisorOptions> supervisor_options_from_value(const Value& data);

/// The same for a dynamic supervisor: `strategy` may only be "one_for_one", and there is
/// `"max_children": count`.
[[nodiscard]] Result<DynamicSupervisorOptions> dynamic_supervisor_options_from_value(
    const Value& data);

/// The specification as such data, with the defaults filled in.
[[nodiscard]] Value child_spec_to_value(const ChildSpec& spec);

}  // namespace kith
