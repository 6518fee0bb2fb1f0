#pragma once

#include <vector>

#include "cli/replay/access_log.hpp"
#include "cli/replay/replay_options.hpp"
#include "cli/replay/report.hpp"

namespace kith::replay {

/// What a replay must find out, by the plainest program that follows the definition, in one process
/// and sharing nothing with the machines under test. Sliding log only. The nodes stay empty.
[[nodiscard]] ReplayReport oracle(const ReplayOptions& options, const std::vector<LogLine>& lines);

}  // namespace kith::replay
