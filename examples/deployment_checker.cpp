// SPDX-License-Identifier: Apache-2.0

/// Checks a deployment in several environments in parallel. Each check is a task in its own
/// process, so a slow or crashing one does not affect the others.

#include <chrono>
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

#include <kith/kith.hpp>

#include "check.hpp"
using namespace std::chrono_literals;

/// Simulates an HTTP request for the version that an environment runs.
std::string deployed_version(const std::string& environment) {
  kith::sleep_for(20ms);
  if (environment == "staging") return "1.4.1";
  if (environment == "lab") throw std::runtime_error("connection refused");
  if (environment == "prod-slow") kith::sleep_for(1h);
  return "1.4.2";
}

std::string compare(const std::string& environment, const std::string& wanted) {
  const std::string found = deployed_version(environment);
  return found == wanted ? "match" : "mismatch: " + found;
}

std::string describe(const kith::Result<std::string>& result) {
  return result ? *result : result.error().to_string();
}

/// Runs one task per environment in parallel and awaits them in order.
void check_one_by_one() {
  std::vector<kith::Task<std::string>> tasks;
  for (const std::string environment : {"dev", "staging", "prod"}) {
    tasks.push_back(kith::async([environment] { return compare(environment, "1.4.2"); }));
  }
  const std::vector<std::string> results = kith::await_many(tasks, 30s).value();
  for (const auto& result : results) std::cout << "  " << result << '\n';
  check(results[0] == "match", "dev runs the wanted version");
  check(results[1] == "mismatch: 1.4.1", "staging runs another version");
  check(results[2] == "match", "prod runs the wanted version");
}

/// Runs a task that may crash under a task supervisor: the caller gets the crash as an error.
void check_under_a_supervisor(const kith::TaskSupervisor& supervisor) {
  auto task = supervisor.async_nolink([] { return compare("lab", "1.4.2"); }).value();
  const auto result = task.await(30s);
  std::cout << "  " << describe(result) << '\n';
  check(result.error().code() == kith::ErrorCode::crashed, "a risky task may crash");
}

int main() {
  kith::System system;

  std::cout << "three tasks:\n";
  system.run(check_one_by_one);

  std::cout << "a stream of tasks, at most two at once, half a second for each:\n";
  const std::vector<std::string> environments{"dev", "staging", "lab", "prod-slow", "prod"};
  const auto stream = kith::async_stream(
      system, environments,
      [](const std::string& environment) { return compare(environment, "1.4.2"); },
      {.max_concurrency = 2,
       .timeout = 500ms,
       .on_timeout = kith::OnTimeout::kill_task,
       .linked = false});
  const auto& results = stream.value();
  for (std::size_t i = 0; i < results.size(); ++i) {
    std::cout << "  " << environments[i] << ": " << describe(results[i]) << '\n';
  }
  check(results.size() == environments.size(), "each environment has a result, in order");
  check(results[2].error().code() == kith::ErrorCode::crashed, "a crash is the error in its place");
  check(results[3].error().code() == kith::ErrorCode::timeout, "a slow check times out");
  check(describe(results[4]) == "match", "the others are not disturbed");

  std::cout << "a supervised task:\n";
  const auto supervisor = kith::TaskSupervisor::start_link(system).value();
  system.run([&] { check_under_a_supervisor(supervisor); });
  check(supervisor.children().value().empty(), "a task that has ended is forgotten");
}
