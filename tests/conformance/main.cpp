// SPDX-License-Identifier: Apache-2.0

// otp_conformance [--jobs N] [--only ID] [--real-time] FILE.jsonl...
//
// Replays scenarios recorded from OTP against kith's public classes and compares the observations.

#include <atomic>
#include <exception>
#include <iostream>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "tests/conformance/scenario.hpp"

namespace {

using kith::conformance::Observed;
using kith::conformance::PlayOptions;
using kith::conformance::Scenario;

using Play = Observed (*)(const Scenario&, const PlayOptions&);

const std::map<std::string, Play> suites = {
    {"process", kith::conformance::play_processes},
    {"gen_server", kith::conformance::play_processes},
    {"agent", kith::conformance::play_processes},
    {"task", kith::conformance::play_processes},
    {"registry", kith::conformance::play_processes},
    {"supervisor", kith::conformance::play_supervisors},
    {"dynamic_supervisor", kith::conformance::play_supervisors},
    {"ets", kith::conformance::play_tables},
    {"gen_statem", kith::conformance::play_state_machine},
};

struct Arguments {
  std::size_t jobs = 1;
  std::string only;
  PlayOptions play;
  std::vector<std::string> files;
};

constexpr const char* usage =
    "otp_conformance [--jobs N] [--only ID] [--real-time] FILE.jsonl...\n"
    "  --jobs N      play N scenarios at a time\n"
    "  --only ID     play the scenarios whose id begins with this\n"
    "  --real-time   on threads and the machine's clock instead of virtual time\n";

std::optional<Arguments> arguments_of(const std::vector<std::string>& words) {
  Arguments arguments;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const bool has_next = i + 1 < words.size();
    if (words[i] == "--jobs" && has_next) {
      arguments.jobs = std::strtoul(words[++i].c_str(), nullptr, 10);
      if (arguments.jobs == 0 || arguments.jobs > 1024) return std::nullopt;
    } else if (words[i] == "--only" && has_next) {
      arguments.only = words[++i];
    } else if (words[i] == "--real-time") {
      arguments.play.real_time = true;
    } else if (words[i].starts_with("-")) {
      return std::nullopt;
    } else {
      arguments.files.push_back(words[i]);
    }
  }
  if (arguments.files.empty()) return std::nullopt;
  return arguments;
}

/// Returns why a scenario failed; empty if it passed.
std::string judge(const Scenario& scenario, const PlayOptions& options) {
  const auto suite = suites.find(scenario.suite);
  if (suite == suites.end()) return "  nothing here plays the suite '" + scenario.suite + "'\n";
  try {
    return difference(scenario, suite->second(scenario, options));
  } catch (const std::exception& problem) {
    return std::string("  cannot be played: ") + problem.what() + "\n";
  }
}

/// Counts of passed and failed scenarios.
std::pair<std::size_t, std::size_t> play_all(const std::vector<Scenario>& scenarios,
                                             const Arguments& arguments) {
  std::atomic<std::size_t> next = 0;
  std::atomic<std::size_t> failed = 0;
  std::mutex printing;
  const auto work = [&] {
    for (std::size_t i = next++; i < scenarios.size(); i = next++) {
      const Scenario& scenario = scenarios[i];
      const std::string problem = judge(scenario, arguments.play);
      if (problem.empty()) continue;
      ++failed;
      const std::scoped_lock lock(printing);
      std::cout << scenario.id << " (" << scenario.about << ") failed\n" << problem << '\n';
    }
  };
  std::vector<std::thread> threads;
  for (std::size_t i = 1; i < arguments.jobs; ++i) threads.emplace_back(work);
  work();
  for (std::thread& thread : threads) thread.join();
  return {scenarios.size() - failed, failed};
}

}  // namespace

int main(int count, char** words) {
  const auto arguments = arguments_of({words + 1, words + count});
  if (!arguments) {
    std::cerr << usage;
    return 2;
  }
  std::vector<Scenario> scenarios;
  for (const std::string& file : arguments->files) {
    auto read = kith::conformance::read_scenarios(file);
    if (!read) {
      std::cerr << "otp_conformance: " << read.error().text() << '\n';
      return 2;
    }
    for (Scenario& scenario : *read) {
      if (scenario.id.starts_with(arguments->only)) scenarios.push_back(std::move(scenario));
    }
  }
  const auto [passed, failed] = play_all(scenarios, *arguments);
  std::cout << passed << " passed, " << failed << " failed\n";
  return failed == 0 ? 0 : 1;
}
