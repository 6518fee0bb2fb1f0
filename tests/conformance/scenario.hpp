#pragma once

#include <string>
#include <vector>

#include "core/result.hpp"
#include "core/value.hpp"

namespace kith::conformance {

/// Steps that were performed on a real OTP system, and what could be seen after each of them.
struct Scenario {
  std::string id;
  std::string suite;
  std::string about;
  Value setup;
  ValueArray steps;
  ValueArray expect;  ///< an array of observations for each step
};

/// What was seen, an array of observations for each step.
using Observed = std::vector<ValueArray>;

/// How scenarios are played.
struct PlayOptions {
  bool real_time = false;  ///< on threads and the machine's clock instead of virtual time
};

/// Plays a scenario of the suites process, gen_server, agent, task and registry.
[[nodiscard]] Observed play_processes(const Scenario& scenario, const PlayOptions& options);
/// Plays a scenario of the suites supervisor and dynamic_supervisor.
[[nodiscard]] Observed play_supervisors(const Scenario& scenario, const PlayOptions& options);
/// Plays a scenario of the suite gen_statem.
[[nodiscard]] Observed play_state_machine(const Scenario& scenario, const PlayOptions& options);

/// Plays a scenario of the suite ets.
[[nodiscard]] Observed play_tables(const Scenario& scenario, const PlayOptions& options);

/// The scenarios of a file with one JSON object a line. Errors: `not_found`, `decode` (with the
/// number of the line).
[[nodiscard]] Result<std::vector<Scenario>> read_scenarios(const std::string& path);

/// What differs between expectation and observation, for people; empty when nothing does.
[[nodiscard]] std::string difference(const Scenario& scenario, const Observed& observed);

}  // namespace kith::conformance
