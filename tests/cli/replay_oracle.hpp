// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "cli/replay/access_log.hpp"
#include "cli/replay/replay_options.hpp"
#include "cli/replay/report.hpp"

namespace kith::replay {

/// Computes the expected result of a replay with the simplest program that follows the definition,
/// in one process and without code of the machines under test. Sliding log only; `nodes` stays
/// empty.
[[nodiscard]] ReplayReport oracle(const ReplayOptions& options, const std::vector<LogLine>& lines);

}  // namespace kith::replay
