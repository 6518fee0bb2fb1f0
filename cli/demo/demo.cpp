// SPDX-License-Identifier: Apache-2.0
#include "cli/demo/demo.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>
#include <unistd.h>
#include <vector>

#include <fmt/format.h>

#include "cli/child_node.hpp"
#include "cli/exit_code.hpp"
#include "cli/node_client.hpp"
#include "cli/replay/command.hpp"
#include "cli/replay/sample_log.hpp"
#include "core/clock.hpp"
#include "core/file.hpp"
#include "core/random.hpp"

namespace kith::cli {
namespace {

using std::chrono::steady_clock;

constexpr std::size_t node_count = 3;
constexpr std::size_t victim = 2;
constexpr std::chrono::seconds step_timeout{30};

/// Writes the sample log to a new file. mkstemp, because another user could have prepared a link at
/// a predictable name in /tmp.
Result<std::string> write_sample_log() {
  std::string path = (std::filesystem::temp_directory_path() / "kith-demo-XXXXXX").string();
  const int descriptor = mkstemp(path.data());
  if (descriptor < 0) {
    return Error(ErrorCode::input_output,
                 "cannot create a file in the directory for temporary files");
  }
  const auto written = write_descriptor(descriptor, as_bytes(replay::sample_log()), path);
  close(descriptor);
  if (written) return path;
  std::filesystem::remove(path);
  return written.error();
}

/// Runs the steps of the demonstration in order; the first failure ends it.
class Demo {
 public:
  explicit Demo(DemoCommand command) : command_(std::move(command)) {}

  Result<void> run() {
    for (const auto& step : {&Demo::start_nodes, &Demo::use_agent, &Demo::use_limit,
                             &Demo::use_breaker, &Demo::use_table, &Demo::run_examples,
                             &Demo::replay_with_a_kill, &Demo::watch_removal, &Demo::bring_back}) {
      if (const auto done = (this->*step)(); !done) return done;
    }
    summary();
    return {};
  }

 private:
  void title(const std::string& text) {
    const std::chrono::duration<double> since = SystemClock().now() - began_;
    fmt::print("\n[{:5.1f} s] {}\n", since.count(), text);
    std::fflush(stdout);
  }

  Result<Value> ask(std::size_t node, const std::string& operation, ValueMap arguments) {
    auto client = NodeClient::connect(cluster_->addresses().at(node));
    if (!client) return client.error();
    return client->ask(operation, std::move(arguments));
  }

  Result<void> show_members(std::size_t node) {
    const auto rows = members_of(cluster_->addresses().at(node));
    if (!rows) return rows.error();
    for (const MemberRow& row : *rows) {
      fmt::print("  {:<8} {:<22} {}\n", row.name, row.address, row.status);
    }
    return {};
  }

  Result<void> start_nodes() {
    title("three nodes start, one process each, and find each other");
    auto cluster = ChildCluster::start(node_count, "node", fmt::format("demo-{:08x}", entropy()));
    if (!cluster) return cluster.error();
    cluster_.emplace(std::move(*cluster));
    return show_members(0);
  }

  Result<void> use_agent() {
    title("an agent on node1 is written from node2 and read from node3, by name");
    const auto agent = ask(0, "agent_start", {{"name", "config"}});
    if (!agent) return agent.error();
    const Value put = Value::map({{"key", "region"}, {"value", "eu-1"}});
    const Value get = Value::map({{"key", "region"}});
    if (const auto known = wait_for_name(1, "config"); !known) return known;
    if (const auto known = wait_for_name(2, "config"); !known) return known;
    const auto written = ask(1, "call", {{"to", "config"}, {"message", "put"}, {"body", put}});
    if (!written) return written.error();
    const auto read = ask(2, "call", {{"to", "config"}, {"message", "get"}, {"body", get}});
    if (!read) return read.error();
    fmt::print("  kith call config get '{{\"key\":\"region\"}}'  ->  {}\n", to_json(*read));
    return {};
  }

  Result<void> wait_for_name(std::size_t node, const std::string& name) {
    const auto until = SystemClock().now() + step_timeout;
    for (;;) {
      const auto found = ask(node, "whereis", {{"name", name}});
      if (found) return {};
      if (SystemClock().now() > until) return found.error();
      pause_for(std::chrono::milliseconds(10));
    }
  }

  Result<void> use_limit() {
    title("a limit of 5 per minute, checked 9 times through all three nodes");
    int admitted = 0;
    for (std::size_t i = 0; i < 9; ++i) {
      const auto decision =
          ask(i % node_count, "limit",
              {{"name", "api"}, {"key", "anna"}, {"limit", 5}, {"window_ns", 60'000'000'000}});
      if (!decision) return decision.error();
      const Value* yes = decision->find("admitted");
      if (yes != nullptr && *yes == Value(true)) ++admitted;
    }
    fmt::print("  {} admitted, {} limited: counted once for all machines\n", admitted,
               9 - admitted);
    if (admitted == 5) return {};
    return Error(ErrorCode::internal, "the limit admitted a number other than 5");
  }

  Result<void> use_breaker() {
    title("a breaker with 3 failures on node1 is open on node3");
    ValueMap breaker = {
        {"name", "payments"}, {"failure_threshold", 3}, {"open_for_ns", 60'000'000'000}};
    for (int i = 0; i < 3; ++i) {
      breaker["action"] = "failure";
      if (const auto failed = ask(0, "breaker", breaker); !failed) return failed.error();
    }
    breaker["action"] = "state";
    const auto state = ask(2, "breaker", breaker);
    if (!state) return state.error();
    const Value* text = state->find("state");
    fmt::print("  node3 says: {}\n", text == nullptr ? "?" : text->text_or("?"));
    if (text != nullptr && *text == Value("open")) return {};
    return Error(ErrorCode::internal, "the breaker is not open");
  }

  Result<void> use_table() {
    title("a counter in a shared table is incremented from every node");
    Value last;
    for (std::size_t i = 0; i < node_count; ++i) {
      const auto sum = ask(
          i, "table",
          {{"table", "visits"}, {"action", "update_counter"}, {"key", "home"}, {"increment", 1}});
      if (!sum) return sum.error();
      if (const Value* value = sum->find("value")) last = *value;
    }
    fmt::print("  visits of home: {}\n", to_json(last));
    if (last == Value(static_cast<std::int64_t>(node_count))) return {};
    return Error(ErrorCode::internal, "the counter has a value other than 3");
  }

  /// Runs the programs of examples/ in the directory of this executable.
  Result<void> run_examples() {
    const std::filesystem::path here =
        std::filesystem::read_symlink("/proc/self/exe").parent_path();
    std::vector<std::filesystem::path> programs;
    for (const auto& entry : std::filesystem::directory_iterator(here)) {
      if (entry.path().filename().string().starts_with("example_"))
        programs.push_back(entry.path());
    }
    if (programs.empty()) return {};
    std::ranges::sort(programs);
    title("the examples run");
    for (const auto& program : programs) {
      const std::string command = "'" + program.string() + "' > /dev/null 2>&1";
      const bool good = std::system(command.c_str()) == 0;  // NOLINT(concurrency-mt-unsafe)
      fmt::print("  {:<32} {}\n", program.filename().string(), good ? "ok" : "FAILED");
      std::fflush(stdout);
      if (!good) return Error(ErrorCode::internal, program.filename().string() + " failed");
    }
    return {};
  }

  Result<void> replay_with_a_kill() {
    std::string log = command_.log;
    std::optional<std::filesystem::path> made;
    if (log.empty()) {
      const auto written = write_sample_log();
      if (!written) return written.error();
      made = *written;
      log = *written;
    }
    title("a log is replayed through all three; half-way node3 is killed with SIGKILL");
    bool killed = false;
    ReplayCommand replay;
    replay.log = log;
    replay.nodes = cluster_->addresses();
    replay.options.limiter = {.limit = 20, .window = std::chrono::seconds(60)};
    replay.options.breaker = CircuitBreakerOptions{};
    replay.on_progress = [&](double part) {
      if (killed) {
        look_at_victim();
      } else if (part >= 0.5) {
        killed = true;
        kill_victim();
      }
    };
    const int code = run_replay(replay);
    if (made) std::filesystem::remove(*made);
    if (!killed) kill_victim();
    if (code == 0) return {};
    return Error(ErrorCode::internal, fmt::format("the replay ended with exit code {}", code));
  }

  void kill_victim() {
    cluster_->node(victim).kill_now();
    killed_at_ = SystemClock().now();
    fmt::print(stderr, "\nkilled {} with SIGKILL\n", cluster_->node(victim).name());
  }

  [[nodiscard]] Result<std::string> victim_status() {
    const auto rows = members_of(cluster_->addresses().at(0));
    if (!rows) return rows.error();
    for (const MemberRow& row : *rows) {
      if (row.name == cluster_->node(victim).name()) return row.status;
    }
    return std::string("gone");
  }

  /// Records changes of the victim's status as node1 sees it, at most every 20 ms.
  void look_at_victim() {
    const auto now = SystemClock().now();
    if (now - looked_at_ < std::chrono::milliseconds(20)) return;
    looked_at_ = now;
    const auto status = victim_status();
    if (!status || (!sightings_.empty() && sightings_.back().second == *status)) return;
    sightings_.emplace_back(now - killed_at_, *status);
  }

  Result<void> watch_removal() {
    title("what node1 saw of node3");
    for (std::size_t shown = 0;;) {
      look_at_victim();
      for (; shown < sightings_.size(); ++shown) {
        const auto& [since, status] = sightings_[shown];
        fmt::print("  {:4.1f} s after the kill: {}\n", since.count(), status);
        std::fflush(stdout);
      }
      if (!sightings_.empty() &&
          (sightings_.back().second == "removed" || sightings_.back().second == "gone")) {
        return {};
      }
      if (SystemClock().now() - killed_at_ > step_timeout) {
        return Error(ErrorCode::timeout, "node3 is still in the list");
      }
      pause_for(std::chrono::milliseconds(5));
    }
  }

  Result<void> bring_back() {
    title("node3 starts again and is back");
    if (const auto started = cluster_->restart(victim); !started) return started;
    for (std::size_t node = 0; node < node_count; ++node) {
      const auto back = wait_for_members(cluster_->addresses().at(node), node_count, step_timeout);
      if (!back) return back;
    }
    return show_members(0);
  }

  void summary() {
    title(
        "done: names, limits, breakers, a table and a replay worked across three nodes, one of "
        "which was killed and came back; nothing is left running");
  }

  DemoCommand command_;
  steady_clock::time_point began_ = SystemClock().now();
  steady_clock::time_point killed_at_;
  steady_clock::time_point looked_at_;
  std::vector<std::pair<std::chrono::duration<double>, std::string>> sightings_;
  std::optional<ChildCluster> cluster_;
};

}  // namespace

int run_demo(const DemoCommand& command) {
  if (command.print_log) {
    fmt::print("{}", replay::sample_log());
    return 0;
  }
  const Result<void> done = Demo(command).run();
  if (done) return 0;
  return std::max(1, print_error(done.error(), false));
}

}  // namespace kith::cli
