// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include "cli/replay/log_file.hpp"
#include "cli/replay/plan.hpp"
#include "cli/replay/sample_log.hpp"
#include "core/limits.hpp"
#include "core/random.hpp"
#include "resilience/keyed_limiter.hpp"
#include "tests/cli/replay_oracle.hpp"

namespace kith::replay {
namespace {

using std::chrono::seconds;

/// Simulates a cluster: shared machines, and nodes that execute their batches in order, each at its
/// own speed; answers arrive out of order.
class FakeCluster {
 public:
  FakeCluster(ReplayPlan& plan, const ReplayOptions& options, std::size_t nodes, Random& random)
      : plan_(plan),
        options_(options),
        random_(random),
        queues_(nodes),
        limiter_(options.limiter) {}

  void fetch() {
    for (std::size_t node = 0; node < queues_.size(); ++node) {
      while (auto batch = plan_.next_limit_batch(node)) queues_[node].limit.push_back(*batch);
      while (auto batch = plan_.next_breaker_batch(node)) queues_[node].breaker.push_back(*batch);
    }
  }
  /// Makes one node execute a batch, or delivers one answer.
  void step() {
    Queues& node = queues_[random_.below(queues_.size())];
    const auto choice = random_.below(3);
    if (choice == 0 && !node.limit.empty())
      work(node.limit);
    else if (choice == 1 && !node.breaker.empty())
      work(node.breaker);
    else if (choice == 2 && !answers_.empty())
      deliver();
  }
  /// Kills a node before it has executed its batches.
  void kill(std::size_t node) {
    while (!answers_.empty()) deliver();
    queues_[node] = {};
    ASSERT_TRUE(plan_.node_failed(node).has_value());
  }

 private:
  struct Queues {
    std::deque<LimitBatch> limit;
    std::deque<BreakerBatch> breaker;
  };
  struct Answer {
    std::size_t node;
    std::uint64_t id;
    std::variant<std::vector<bool>, BreakerAnswer> content;
  };

  void work(std::deque<LimitBatch>& queue) {
    std::vector<bool> admitted;
    for (const LimitItem& item : queue.front().items) {
      admitted.push_back(limiter_.check(item.key, item.at).value().admitted);
    }
    answers_.push_back({queue.front().node, queue.front().id, admitted});
    queue.pop_front();
  }
  void work(std::deque<BreakerBatch>& queue) {
    BreakerAnswer answer;
    for (const BreakerItem& item : queue.front().items) {
      auto& machine = breakers_.try_emplace(item.name, *options_.breaker).first->second;
      const Outcome outcome = item.failed ? Outcome::failure : Outcome::success;
      const BreakerRun run = machine.run_at(outcome, item.at);
      for (const auto& transition : run.transitions) {
        answer.transitions.push_back({answer.refused.size(), transition});
      }
      answer.refused.push_back(run.refused);
    }
    answers_.push_back({queue.front().node, queue.front().id, answer});
    queue.pop_front();
  }
  void deliver() {
    std::swap(answers_[random_.below(answers_.size())], answers_.back());
    const Answer answer = std::move(answers_.back());
    answers_.pop_back();
    if (const auto* admitted = std::get_if<std::vector<bool>>(&answer.content)) {
      ASSERT_TRUE(plan_.limit_answer(answer.node, answer.id, *admitted).has_value());
    } else {
      const auto& content = std::get<BreakerAnswer>(answer.content);
      ASSERT_TRUE(plan_.breaker_answer(answer.node, answer.id, content).has_value());
    }
  }

  ReplayPlan& plan_;
  const ReplayOptions& options_;
  Random& random_;
  std::vector<Queues> queues_;
  std::vector<Answer> answers_;
  KeyedLimiter limiter_;
  std::map<std::string, BreakerMachine> breakers_;
};

std::vector<std::string> names(std::size_t count) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < count; ++i) names.push_back("node" + std::to_string(i + 1));
  return names;
}

/// Replays the lines through a cluster; with `kill_at` a node dies after that many decided lines.
ReplayReport play(const ReplayOptions& options, const std::vector<LogLine>& lines,
                  std::size_t nodes, std::uint64_t seed, std::uint64_t kill_at = 0) {
  Random random(seed);
  const BatchLimits limits{.items_max = 1 + random.below(64), .in_flight_max = 1 + random.below(4)};
  ReplayPlan plan(options, names(nodes), limits, 1 + random.below(3000));
  FakeCluster cluster(plan, options, nodes, random);
  std::size_t next = 0;
  bool killed = kill_at == 0;
  while (!plan.done()) {
    while (plan.wants_line() && next < lines.size()) plan.add(lines[next++]);
    if (next == lines.size()) plan.end_of_lines();
    cluster.fetch();
    cluster.step();
    if (!killed && plan.decided() >= kill_at) {
      cluster.kill(0);
      killed = true;
    }
  }
  return plan.report(1.0);
}

void expect_equal(const ReplayReport& report, const ReplayReport& expected) {
  EXPECT_EQ(report.requests, expected.requests);
  EXPECT_EQ(report.admitted, expected.admitted);
  EXPECT_EQ(report.limited, expected.limited);
  EXPECT_TRUE(report.keys == expected.keys);
  EXPECT_TRUE(report.breakers == expected.breakers);
  std::uint64_t spread = 0;
  for (const NodeReport& node : report.nodes) spread += node.requests;
  EXPECT_EQ(spread, expected.requests);
}

ReplayOptions options_of(std::uint32_t limit, Duration window, KeyField by,
                         std::uint32_t failures = 0, Duration open_for = seconds(60)) {
  ReplayOptions options{.limiter = {.limit = limit, .window = window}, .by = by};
  if (failures > 0) {
    options.breaker = CircuitBreakerOptions{.failure_threshold = failures, .open_for = open_for};
  }
  return options;
}

std::vector<LogLine> random_lines(Random& random, std::size_t count) {
  std::vector<LogLine> lines;
  for (std::size_t i = 0; i < count; ++i) {
    const auto jitter = static_cast<std::int64_t>(random.below(120)) - 60;
    lines.push_back({.at = seconds(1'431'857'103 + static_cast<std::int64_t>(i) / 10 + jitter),
                     .ip = "10.0.0." + std::to_string(random.below(1 + random.below(40))),
                     .user = random.chance(0.9) ? "-" : std::string("\xFF user"),
                     .path = "/" + std::to_string(random.below(5)) + "/x?y",
                     .status = static_cast<std::uint16_t>(random.chance(0.4) ? 503 : 200)});
  }
  return lines;
}

std::vector<LogLine> lines_of(LogReader reader) {
  std::vector<LogLine> lines;
  while (auto entry = reader.next().value()) {
    if (entry->line) lines.push_back(*std::move(entry->line));
  }
  return lines;
}

/// Returns an additional log if there is one: KITH_ACCESS_LOG, or the file next to the project.
std::string real_log() {
  if (const char* path = std::getenv("KITH_ACCESS_LOG")) return path;  // NOLINT
  const char* source = std::getenv("KITH_SOURCE_DIR");                 // NOLINT
  const std::string beside = std::string(source ? source : ".") + "/../shared/data/access.log";
  return std::filesystem::exists(beside) ? beside : "";
}

const std::vector<ReplayOptions> real_options{
    options_of(20, seconds(60), KeyField::ip),
    options_of(60, seconds(60), KeyField::ip, 5),
    options_of(3, seconds(10), KeyField::ip, 1, seconds(600)),
    options_of(1, seconds(1), KeyField::path, 2, seconds(0)),
    options_of(100, seconds(3600), KeyField::user, 2, seconds(5)),
    options_of(0, seconds(60), KeyField::ip, 1),
};

TEST(ReplayPlan, FindsWhatTheOracleFindsOnRandomLogs) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    Random random(seed);
    const auto lines = random_lines(random, 1500);
    const auto by = static_cast<KeyField>(random.below(3));
    const auto options =
        options_of(static_cast<std::uint32_t>(random.below(40)), seconds(1 + random.below(100)), by,
                   static_cast<std::uint32_t>(random.below(6)), seconds(random.below(50)));
    const ReplayReport expected = oracle(options, lines);
    for (const std::size_t nodes : {1U, 2U, 3U, 5U}) {
      SCOPED_TRACE("seed " + std::to_string(seed) + ", nodes " + std::to_string(nodes));
      expect_equal(play(options, lines, nodes, seed), expected);
    }
  }
}

TEST(ReplayPlan, FindsWhatTheOracleFindsWhenANodeDies) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    const auto lines = random_lines(random, 1500);
    const auto options = options_of(10, seconds(60), KeyField::ip, 3, seconds(10));
    expect_equal(play(options, lines, 3, seed, 1 + random.below(1400)), oracle(options, lines));
  }
}

TEST(ReplayPlan, FindsWhatTheOracleFindsOnARealLogSkippedWithoutKithAccessLog) {
  const std::string path = real_log();
  if (path.empty()) GTEST_SKIP() << "no log: set KITH_ACCESS_LOG";
  const auto lines =
      lines_of(LogReader(LogFile::open(path).value(), AccessLogParser(std::nullopt)));
  for (const ReplayOptions& options : real_options) {
    const ReplayReport expected = oracle(options, lines);
    for (const std::size_t nodes : {1U, 3U, 5U}) {
      expect_equal(play(options, lines, nodes, nodes), expected);
    }
  }
}

TEST(ReplayPlan, FindsWhatTheOracleFindsOnTheSampleLog) {
  const std::string path = testing::TempDir() + "kith_sample_log";
  const std::string text = sample_log({.seed = 3, .lines = 8000});
  EXPECT_EQ(text, sample_log({.seed = 3, .lines = 8000}));
  std::ofstream(path, std::ios::binary) << text;
  const auto lines =
      lines_of(LogReader(LogFile::open(path).value(), AccessLogParser(std::nullopt)));
  std::filesystem::remove(path);
  EXPECT_EQ(lines.size(), 7998U);
  const auto options = options_of(20, seconds(60), KeyField::ip, 5);
  const ReplayReport report = play(options, lines, 3, 1);
  expect_equal(report, oracle(options, lines));
  EXPECT_EQ(report.keys.front().key, "203.0.113.7");
  EXPECT_GT(report.limited, 0U);
  const auto& breakers = report.breakers;
  ASSERT_EQ(breakers[2].name, "/checkout");
  EXPECT_GT(breakers[2].transitions.size(), 3U);
  EXPECT_TRUE(breakers[0].transitions.empty());
}

TEST(ReplayPlan, SpreadsKeysOverAllNodes) {
  Random random(5);
  const auto lines = random_lines(random, 3000);
  const auto report = play(options_of(10, seconds(60), KeyField::ip), lines, 5, 5);
  for (const NodeReport& node : report.nodes) EXPECT_GT(node.requests, 100U) << node.name;
}

TEST(ReplayPlan, KeepsNamesThatAreTooLongApart) {
  const std::string longest(limits::key_size_bytes_max + 10, 'k');
  const auto options = options_of(1, seconds(60), KeyField::path, 1);
  std::vector<LogLine> lines;
  for (const char end : {'a', 'b', 'a'}) {
    lines.push_back({.ip = "i", .path = "/" + longest + end, .status = 500});
  }
  expect_equal(play(options, lines, 2, 1), oracle(options, lines));
  ReplayPlan plan(options, names(1));
  plan.add(lines[0]);
  const auto batch = plan.next_limit_batch(0);
  EXPECT_EQ(batch->items[0].key.size(), limits::key_size_bytes_max);
  ASSERT_TRUE(plan.limit_answer(0, batch->id, {true}).has_value());
  EXPECT_EQ(plan.next_breaker_batch(0)->items[0].name.size(), limits::name_size_bytes_max);
}

TEST(ReplayPlan, BoundsWhatIsUnderWay) {
  ReplayPlan plan(options_of(1, seconds(60), KeyField::path), names(1),
                  {.items_max = 10, .bytes_max = 1000, .in_flight_max = 2}, 50);
  std::size_t added = 0;
  for (; plan.wants_line(); ++added) plan.add({.path = std::string(400, 'p')});
  EXPECT_EQ(added, 50U);
  EXPECT_EQ(plan.next_limit_batch(0)->items.size(), 2U);
  EXPECT_EQ(plan.next_limit_batch(0)->items.size(), 2U);
  EXPECT_FALSE(plan.next_limit_batch(0).has_value());
  EXPECT_FALSE(plan.next_breaker_batch(0).has_value());
}

TEST(ReplayPlan, RefusesAnswersThatFitNothing) {
  ReplayPlan plan(options_of(1, seconds(60), KeyField::ip, 1), names(2));
  plan.add({.ip = "a"});
  const auto batch = plan.next_limit_batch(0);
  ASSERT_TRUE(batch.has_value());
  EXPECT_FALSE(plan.limit_answer(0, batch->id, {true, true}).has_value());
  EXPECT_FALSE(plan.limit_answer(1, batch->id, {true}).has_value());
  EXPECT_TRUE(plan.limit_answer(0, batch->id, {true}).has_value());
  EXPECT_FALSE(plan.limit_answer(0, batch->id, {true}).has_value());
  const auto breakers = plan.next_breaker_batch(0);
  ASSERT_TRUE(breakers.has_value());
  const BreakerAnswer wrong{.refused = {false}, .transitions = {{.item = 1, .transition = {}}}};
  EXPECT_FALSE(plan.breaker_answer(0, breakers->id, wrong).has_value());
  EXPECT_TRUE(plan.breaker_answer(0, breakers->id, {.refused = {false}, .transitions = {}}));
}

TEST(ReplayPlan, GivesUpWhenNoNodeIsLeft) {
  ReplayPlan plan(options_of(1, seconds(60), KeyField::ip), names(2));
  EXPECT_TRUE(plan.node_failed(0).has_value());
  EXPECT_EQ(plan.node_failed(1).error().code(), ErrorCode::unavailable);
}

TEST(ReplayPlan, AnEmptyLogIsDoneAtOnce) {
  ReplayPlan plan(options_of(1, seconds(60), KeyField::ip), names(1));
  EXPECT_FALSE(plan.done());
  plan.add_unreadable(1, "nonsense");
  plan.end_of_lines();
  EXPECT_TRUE(plan.done());
  EXPECT_EQ(plan.report(0).unreadable.count(), 1U);
}

}  // namespace
}  // namespace kith::replay
