// SPDX-License-Identifier: Apache-2.0

/// Shared limits in batches, over nodes.

#include <map>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/limits.hpp"
#include "node/cluster_view.hpp"
#include "node/testing.hpp"
#include "resilience/limit_service.hpp"

namespace kith {
namespace {

using namespace std::chrono_literals;
using testing::SimulatedCluster;

std::vector<LimitItem> items_for_keys(std::size_t count) {
  std::vector<LimitItem> items;
  for (std::size_t i = 0; i < count; ++i) {
    items.push_back({std::to_string(i), {.hits = static_cast<std::int64_t>(i % 7)}});
  }
  return items;
}

BootId owner_of(Node& node, const std::string& name, const std::string& key) {
  return node.view()
      .primary(cluster::Service::limits, cluster::partition_key(name, key))
      .value()
      .node;
}

class SharedLimits : public ::testing::Test {
 protected:
  SharedLimits() {
    EXPECT_TRUE(cluster.run_until([&] { return cluster.converged(); }, 30s));
    cluster.run_for(1s);
  }
  /// Returns whether every node counts keys of this limit.
  bool are_everywhere(const std::string& name, const std::vector<LimitItem>& items) {
    std::set<BootId> owners;
    for (const auto& item : items) owners.insert(owner_of(cluster.node(0), name, item.key));
    return owners.size() == cluster.size();
  }

  const std::uint64_t seed = testing::seed_from_environment(31);
  const ::testing::ScopedTrace trace{__FILE__, __LINE__, "KITH_SEED=" + std::to_string(seed)};
  std::vector<std::string> hits;  // node, name, key and hits of each event
  SimulatedCluster cluster{
      {.nodes = 3, .seed = seed, .prepare = [this](NodeOptions& options) {
         options.on_limit_hit = [this, node = options.name](const LimitEvent& event) {
           hits.push_back(node + " " + std::string(event.name) + " " + std::string(event.key) +
                          " " + std::to_string(event.hits));
         };
       }}};
};

TEST_F(SharedLimits, L031_AnswersComeInTheOrderOfTheRequestsWhoeverCounts) {
  for (const std::size_t count : {1U, 2U, 5U, 10U, 100U, 1000U}) {
    const auto limiter =
        cluster.node(1).rate_limiter("api" + std::to_string(count), {.limit = 10, .window = 1h});
    const auto items = items_for_keys(count);
    EXPECT_TRUE(count < 100 || are_everywhere(limiter.name(), items));
    const auto answers = limiter.check_many(items).value();
    ASSERT_EQ(answers.size(), count);
    for (std::size_t i = 0; i < count; ++i) EXPECT_EQ(answers[i]->remaining, 10 - i % 7);
  }
}

TEST_F(SharedLimits, L032_TooManyAreRefusedAsAWholeAndNothingIsCounted) {
  const auto limiter = cluster.node(0).rate_limiter("api", {.limit = 10, .window = 1h});
  const auto refused = limiter.check_many(items_for_keys(1001));
  EXPECT_EQ(refused.error().code(), ErrorCode::invalid_argument);
  EXPECT_NE(refused.error().text().find("1000"), std::string::npos);
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(limiter.check(std::to_string(i), 0).value().remaining, 10U);
  }
}

TEST_F(SharedLimits, L034_EachHitRequestIsOneEventWhereItIsCountedSingleOrBatched) {
  const auto limiter = cluster.node(0).rate_limiter("api", {.limit = 3, .window = 1h});
  const std::vector<LimitItem> items{{"a", {.hits = 2}}, {"b", {.hits = 2}}, {"c", {.hits = 0}}};
  const auto event = [&](const std::string& key) {
    const auto node = cluster.node(0).view().name_of(owner_of(cluster.node(0), "api", key));
    return node.value() + " api " + key + " 2";
  };
  EXPECT_TRUE(limiter.check("a", 2).value().admitted);
  EXPECT_EQ(hits, std::vector<std::string>{event("a")});
  hits.clear();
  EXPECT_FALSE(limiter.check_many(items).value()[0]->admitted);
  EXPECT_EQ(std::multiset<std::string>(hits.begin(), hits.end()),
            (std::multiset<std::string>{event("a"), event("b")}));
}

TEST_F(SharedLimits, ANodeThatIsGoneFailsItsOwnItemsOnly) {
  const auto limiter = cluster.node(0).rate_limiter("api", {.limit = 10, .window = 1h});
  const auto items = items_for_keys(60);
  ASSERT_TRUE(are_everywhere("api", items));
  const BootId lost = cluster.node(2).id().boot;
  std::vector<bool> of_lost;
  for (const auto& item : items) {
    of_lost.push_back(owner_of(cluster.node(0), "api", item.key) == lost);
  }
  cluster.kill(2);
  const auto answers = limiter.check_many(items).value();
  for (std::size_t i = 0; i < items.size(); ++i) {
    EXPECT_EQ(answers[i].has_value(), !of_lost[i]) << i;
  }
}

TEST_F(SharedLimits, ABatchWhoseKeysAreLongerThanAFrameIsAnsweredAll) {
  const auto limiter = cluster.node(0).rate_limiter("api", {.limit = 10, .window = 1h});
  std::vector<LimitItem> items;
  for (int i = 0; i < 1000; ++i) {
    std::string key = std::to_string(i);
    key.resize(limits::key_size_bytes_max, 'x');
    items.push_back({key});
  }
  const auto answers = limiter.check_many(items).value();
  for (const auto& answer : answers) ASSERT_TRUE(answer) << answer.error().to_string();
}

TEST_F(SharedLimits, AForgedBatchThatIsTooLargeIsRefusedByTheNodeThatCounts) {
  const RateLimiterOptions options{.limit = 10, .window = 1h};
  resilience::CheckLimits forged;
  for (int i = 0; i < 1001; ++i) forged.items.push_back({"api", options, std::to_string(i)});
  const auto service = cluster.node(1).view().primary(cluster::Service::limits, "x").value();
  const auto answer = call(ServerRef<resilience::LimitProtocol>(&cluster.node(0).system(), service),
                           std::move(forged));
  EXPECT_EQ(answer.error().code(), ErrorCode::invalid_argument);
  EXPECT_TRUE(hits.empty());
}

TEST_F(SharedLimits, CreditDrainAndResetReachTheNodeThatCounts) {
  const auto limiter = cluster.node(0).rate_limiter("api", {.limit = 2, .window = 1h});
  EXPECT_EQ(limiter.check("a", {.hits = -1}).value().remaining, 3U);
  const auto drained = limiter.check("a", {.hits = 9, .drain_over_limit = true}).value();
  EXPECT_FALSE(drained.admitted);
  EXPECT_EQ(drained.remaining, 0U);
  EXPECT_EQ(limiter.check("a", {.hits = 1, .reset_first = true}).value().remaining, 1U);
}

TEST_F(SharedLimits, AReservationOfOneNodeIsEndedByAnother) {
  const RateLimiterOptions options{.limit = 3, .window = 1h};
  const auto here = cluster.node(0).rate_limiter("api", options);
  const auto there = cluster.node(1).rate_limiter("api", options);
  const auto first = here.reserve("a", 2, 10s).value();
  EXPECT_EQ(first.remaining, 1U);
  EXPECT_FALSE(there.check("a", 2).value().admitted);
  EXPECT_TRUE(there.commit("a", first.ticket).value());
  EXPECT_FALSE(there.commit("a", first.ticket).value());
  const auto second = there.reserve("a", 1, 10s).value();
  EXPECT_TRUE(here.cancel("a", second.ticket).value());
  EXPECT_EQ(here.check("a", 0).value().remaining, 1U);
}

TEST_F(SharedLimits, ALeaseIsGivenBackFromAnywhereAndItsTicketIsNotGivenTwice) {
  const RateLimiterOptions options{
      .limit = 1, .window = 1h, .algorithm = LimiterAlgorithm::concurrency};
  const auto limiter = cluster.node(0).rate_limiter("slots", options);
  const auto lease = limiter.check("a").value();
  EXPECT_FALSE(cluster.node(1).rate_limiter("slots", options).check("a").value().admitted);
  EXPECT_TRUE(cluster.node(1).rate_limiter("slots", options).cancel("a", lease.ticket).value());
  const BootId owner = owner_of(cluster.node(0), "slots", "a");
  for (std::size_t i = 0; i < cluster.size(); ++i) {
    if (cluster.node(i).id().boot == owner) {
      cluster.kill(i);
      break;
    }
  }
  const std::size_t left = cluster.is_running(0) ? 0 : 1;
  const auto moved = cluster.node(left).rate_limiter("slots", options);
  ASSERT_TRUE(
      cluster.run_until([&] { return owner_of(cluster.node(left), "slots", "a") != owner; }, 60s));
  EXPECT_TRUE(moved.check("a").value().admitted);
  EXPECT_FALSE(moved.cancel("a", lease.ticket).value());
}

}  // namespace
}  // namespace kith
