// SPDX-License-Identifier: Apache-2.0
#include "node/testing.hpp"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "core/hash.hpp"
#include "node/cluster_view.hpp"

namespace kith::testing {
namespace {

/// Appends the log entries of one node to the common log, with virtual time.
class EventLog final : public Log {
 public:
  EventLog(std::shared_ptr<std::string> lines, const Clock& clock, std::string node)
      : lines_(std::move(lines)), clock_(clock), node_(std::move(node)) {}

  [[nodiscard]] bool enabled(LogLevel level) const override { return level >= LogLevel::info; }
  void write(LogLevel level, std::string_view component, std::string_view sentence,
             std::initializer_list<LogField> fields) override {
    if (!enabled(level)) return;
    const auto now = clock_.now().time_since_epoch().count();
    *lines_ += fmt::format("{} {} {}: {}", now, node_, component, sentence);
    for (const auto& [key, value] : fields) *lines_ += fmt::format(" {}={}", key, value);
    *lines_ += '\n';
  }

 private:
  std::shared_ptr<std::string> lines_;
  const Clock& clock_;
  std::string node_;
};

}  // namespace

std::uint64_t seed_from_environment(std::uint64_t otherwise) {
  const char* text = std::getenv("KITH_SEED");
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

SimulatedCluster::SimulatedCluster(SimulatedClusterOptions options)
    : options_(options),
      network_(std::make_unique<transport::SimulatedNetwork>(
          clock_, transport::SimulatedNetworkOptions{.seed = options.seed,
                                                     .latency_min = options.latency_min,
                                                     .latency_max = options.latency_max,
                                                     .loss = options.loss})) {
  nodes_.resize(options_.nodes);
  for (std::size_t i = 0; i < options_.nodes; ++i) start(i);
}

SimulatedCluster::~SimulatedCluster() {
  for (auto& node : nodes_) {
    if (node) node->stop();
  }
}

std::string SimulatedCluster::address_of(std::size_t index) const {
  return fmt::format("node{}:7400", index);
}

void SimulatedCluster::start(std::size_t index) {
  NodeOptions options;
  options.name = fmt::format("node{}", index);
  options.listen = address_of(index);
  for (std::size_t i = 0; i < options_.nodes; ++i) options.seeds.push_back(address_of(i));
  options.profile = options_.profile;
  options.workers = 0;
  options.log = std::make_shared<EventLog>(event_log_, clock_, options.name);
  options.clock = &clock_;
  options.transport = network_->make_transport();
  options.seed = mix_hash(options_.seed ^ mix_hash(++starts_));
  options.step = [this] { return step(); };
  if (options_.prepare) options_.prepare(options);
  nodes_[index] = Node::start(std::move(options)).value();
}

Node& SimulatedCluster::node(std::size_t index) {
  return *nodes_.at(index);
}
bool SimulatedCluster::is_running(std::size_t index) const {
  return nodes_.at(index) != nullptr;
}

/// Delivers due messages and runs all ready processes without advancing time; false if there was
/// nothing to do.
bool SimulatedCluster::run_ready() {
  bool moved = network_->deliver_due() > 0;
  for (auto& node : nodes_) {
    if (node) moved = node->system().run_until_idle() > 0 || moved;
  }
  return moved;
}

void SimulatedCluster::advance_to(TimePoint limit) {
  TimePoint next = limit;
  if (const auto due = network_->next_due()) next = std::min(next, *due);
  for (auto& node : nodes_) {
    if (!node) continue;
    if (const auto due = node->system().next_deadline()) next = std::min(next, *due);
  }
  clock_.advance(std::max(next - clock_.now(), Duration::zero()));
}

bool SimulatedCluster::step() {
  if (run_ready()) return true;
  advance_to(clock_.now() + std::chrono::seconds(1));
  return true;
}

void SimulatedCluster::run_for(Duration duration) {
  const TimePoint until = clock_.now() + duration;
  while (run_ready() || clock_.now() < until) {
    if (clock_.now() < until) advance_to(until);
  }
}

bool SimulatedCluster::run_until(const std::function<bool()>& condition, Duration timeout) {
  const TimePoint until = clock_.now() + timeout;
  while (!condition()) {
    if (run_ready()) continue;
    if (clock_.now() >= until) return false;
    advance_to(until);
  }
  return true;
}

bool SimulatedCluster::converged() {
  std::vector<NodeId> running;
  for (const auto& node : nodes_) {
    if (node) running.push_back(node->id());
  }
  std::ranges::sort(running);
  return std::ranges::all_of(nodes_, [&](const auto& node) {
    if (!node) return true;
    std::vector<NodeId> seen;
    for (const auto& member : node->members()) {
      if (member.is_active()) seen.push_back(member.id);
    }
    return seen == running;
  });
}

void SimulatedCluster::split(const std::vector<std::size_t>& group) {
  std::vector<transport::Address> addresses;
  for (const std::size_t index : group) addresses.push_back(address_of(index));
  network_->isolate(addresses);
}

void SimulatedCluster::heal() {
  network_->heal();
}

void SimulatedCluster::kill(std::size_t index) {
  network_->kill(address_of(index));
  nodes_.at(index)->stop();
  nodes_.at(index).reset();
}

void SimulatedCluster::restart(std::size_t index) {
  start(index);
}

}  // namespace kith::testing
