// SPDX-License-Identifier: Apache-2.0
#include "node/join_look.hpp"

#include <chrono>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "node/node.hpp"

namespace kith::node {
namespace {

using namespace std::chrono_literals;
using Kind = JoinObstacle::Kind;

const JoinSeeker seeker{{"b", 7}, "kith", "127.0.0.1:9"};

Value info_of(const std::string& cluster, const std::string& name, const std::string& address) {
  return Value::map({{"cluster", cluster}, {"name", name}, {"address", address}});
}

TEST(JoinLook, ANodeOfAnotherClusterIsNamedWithBothClusters) {
  const JoinObstacle seen = obstacle_of_info(info_of("shop", "a", "127.0.0.1:1"), seeker);
  EXPECT_EQ(seen.kind, Kind::other_cluster);
  EXPECT_EQ(seen.text, "belongs to the cluster 'shop', this one to 'kith'");
}

TEST(JoinLook, ANodeThatAnswersButDoesNotLetInPointsAtTheAdvertisedAddress) {
  const JoinObstacle seen = obstacle_of_info(info_of("kith", "a", "127.0.0.1:1"), seeker);
  EXPECT_EQ(seen.kind, Kind::one_way);
  EXPECT_NE(seen.text.find("127.0.0.1:9"), std::string::npos);
}

TEST(JoinLook, ThisNodeUnderAnotherAddressIsNoObstacle) {
  EXPECT_EQ(obstacle_of_info(info_of("kith", "b", "127.0.0.1:9"), seeker).kind, Kind::none);
}

TEST(JoinLook, WhatKnowsNoClusterIsNoNode) {
  EXPECT_EQ(obstacle_of_info(Value("hello"), seeker).kind, Kind::no_node);
}

TEST(JoinLook, EachObstacleHasTheCodeThatACommandEndsWith) {
  const auto code = [](Kind kind) { return join_error("10.0.0.5:7400", {kind, "says no"}).code(); };
  EXPECT_EQ(code(Kind::bad_address), ErrorCode::invalid_argument);
  EXPECT_EQ(code(Kind::unknown_host), ErrorCode::no_connection);
  EXPECT_EQ(code(Kind::refused), ErrorCode::no_connection);
  EXPECT_EQ(code(Kind::other_cluster), ErrorCode::conflict);
  EXPECT_EQ(code(Kind::not_let_in), ErrorCode::conflict);
  EXPECT_EQ(code(Kind::one_way), ErrorCode::timeout);
}

TEST(JoinLook, ARunningNodeIsAskedForItsCluster) {
  NodeOptions options;
  options.name = "a";
  options.cluster = "shop";
  options.workers = 1;
  const auto node = Node::start(options).value();
  EXPECT_EQ(look_at_seed(node->address(), seeker, 20s).kind, Kind::other_cluster);
}

TEST(JoinLook, AJoinThatCannotBeIsRefusedAtOnceAndNotTriedFurther) {
  NodeOptions options;
  options.workers = 1;
  options.name = "a";
  const auto a = Node::start(options).value();
  options.name = "b";
  options.cluster = "shop";
  const auto b = Node::start(options).value();
  EXPECT_EQ(b->join("nonsense").error().code(), ErrorCode::invalid_argument);
  EXPECT_EQ(b->join("no-such-host.invalid:7400").error().code(), ErrorCode::no_connection);
  const auto refused = b->join(a->address());
  EXPECT_EQ(refused.error().code(), ErrorCode::conflict);
  EXPECT_NE(refused.error().text().find("belongs to the cluster 'kith', this one to 'shop'"),
            std::string::npos);
  const std::string gone = a->address();
  a->stop();
  const auto nobody = b->join(gone);
  EXPECT_EQ(nobody.error().code(), ErrorCode::no_connection);
  EXPECT_NE(nobody.error().text().find("refused the connection"), std::string::npos);
}

}  // namespace
}  // namespace kith::node
