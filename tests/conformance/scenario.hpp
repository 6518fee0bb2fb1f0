// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "core/result.hpp"
#include "core/value.hpp"

namespace kith::conformance {

/// Steps performed on a real OTP system, and the observations after each of them.
struct Scenario {
  std::string id;
  std::string suite;
  std::string about;
  Value setup;
  ValueArray steps;
  ValueArray expect;  ///< an array of observations for each step
};

/// The observations, an array per step.
using Observed = std::vector<ValueArray>;

/// Options of a replay.
struct PlayOptions {
  bool real_time = false;  ///< with threads and the system clock instead of virtual time
};

/// Replays a scenario of the suites process, gen_server, agent, task and registry.
[[nodiscard]] Observed play_processes(const Scenario& scenario, const PlayOptions& options);
/// Replays a scenario of the suites supervisor and dynamic_supervisor.
[[nodiscard]] Observed play_supervisors(const Scenario& scenario, const PlayOptions& options);
/// Replays a scenario of the suite gen_statem.
[[nodiscard]] Observed play_state_machine(const Scenario& scenario, const PlayOptions& options);

/// Replays a scenario of the suite ets.
[[nodiscard]] Observed play_tables(const Scenario& scenario, const PlayOptions& options);

/// Reads the scenarios of a file with one JSON object per line. Errors: `not_found`, `decode` with
/// the line number.
[[nodiscard]] Result<std::vector<Scenario>> read_scenarios(const std::string& path);

/// Describes the differences between expectation and observation; empty if there are none.
[[nodiscard]] std::string difference(const Scenario& scenario, const Observed& observed);

}  // namespace kith::conformance
