// SPDX-License-Identifier: Apache-2.0

// Shared limits through the gateway of a node, as used by apps in any language.

#include <atomic>
#include <string>

#include <gtest/gtest.h>

#include "core/limits.hpp"
#include "node/cluster_view.hpp"
#include "node/node.hpp"
#include "transport/codec.hpp"
#include "transport/request_client.hpp"

namespace kith {
namespace {

using namespace std::chrono_literals;

class LimitGateway : public ::testing::Test {
 protected:
  std::atomic<int> events{0};
  std::atomic<std::int64_t> hits{0};

  std::unique_ptr<Node> start(const std::string& name, std::vector<std::string> seeds) {
    return Node::start({.name = name,
                        .seeds = std::move(seeds),
                        .workers = 1,
                        .on_limit_hit =
                            [this](const LimitEvent& event) {
                              ++events;
                              hits += event.hits;
                            }})
        .value();
  }
  std::unique_ptr<Node> a = start("a", {});
  std::unique_ptr<Node> b = start("b", {a->address()});
  transport::RequestClient client = transport::RequestClient::connect(a->address()).value();

  void SetUp() override {
    ASSERT_TRUE(a->wait_for_members(2, 20s));
    ASSERT_TRUE(b->wait_for_members(2, 20s));
  }
  Result<Value> ask(Value request) {
    const auto reply = client.request(transport::encode_value(request), 30s);
    if (!reply) return reply.error();
    auto decoded = transport::decode_value(*reply).value();
    if (const Value* good = decoded.find("ok")) return *good;
    const Value& error = *decoded.find("error");
    return Error(error_code_from_string(error.find("code")->text_or("")).value(),
                 error.find("text")->text_or(""));
  }
  Result<ValueArray> batch(ValueArray items) {
    const auto reply = ask(Value::map({{"op", "limit_batch"}, {"items", std::move(items)}}));
    if (!reply) return reply.error();
    return *reply->find("answers")->get_if<ValueArray>();
  }
  static Value item(const std::string& name, const std::string& key, std::int64_t limit,
                    std::int64_t cost) {
    return Value::map({{"name", name},
                       {"key", key},
                       {"limit", limit},
                       {"window_ns", 3'600'000'000'000},
                       {"cost", cost}});
  }
  /// Returns a key of the limit that this node counts.
  std::string key_on(const Node& node, const std::string& name) {
    for (int i = 0;; ++i) {
      const std::string key = std::to_string(i);
      const auto owner =
          a->view().primary(cluster::Service::limits, cluster::partition_key(name, key));
      if (owner.value().node == node.id().boot) return key;
    }
  }
};

std::int64_t remaining(const Value& answer) {
  return answer.find("remaining")->integer_or(-1);
}

TEST_F(LimitGateway, L002_LimitsThatDifferentNodesCountAreAnsweredInTheOrderOfTheRequest) {
  const auto answers =
      batch({item("first", key_on(*b, "first"), 2, 1), item("second", key_on(*a, "second"), 10, 5),
             item("first", key_on(*b, "first"), 2, 1)})
          .value();
  ASSERT_EQ(answers.size(), 3U);
  EXPECT_EQ(remaining(answers[0]), 1);
  EXPECT_EQ(remaining(answers[1]), 5);
  EXPECT_EQ(remaining(answers[2]), 0);
  EXPECT_EQ(*answers[0].find("node"), Value("b"));
  EXPECT_EQ(*answers[1].find("node"), Value("a"));
}

TEST_F(LimitGateway, L032_ABatchAboveTheMaximumIsRefusedAsAWhole) {
  ValueArray items;
  for (int i = 0; i < 1001; ++i) items.push_back(item("api", std::to_string(i), 10, 1));
  const auto refused = batch(items);
  EXPECT_EQ(refused.error().code(), ErrorCode::invalid_argument);
  EXPECT_NE(refused.error().text().find("1000"), std::string::npos);
  EXPECT_EQ(events, 0);
  items.pop_back();
  const auto answers = batch(items).value();
  ASSERT_EQ(answers.size(), 1000U);
  for (const Value& answer : answers) EXPECT_EQ(remaining(answer), 9);
}

TEST_F(LimitGateway, L034_EachHitRequestIsOneEventSingleOrBatched) {
  ValueMap single = *item("api", "x", 10, 2).get_if<ValueMap>();
  single["op"] = "limit";
  EXPECT_EQ(remaining(ask(single).value()), 8);
  EXPECT_EQ(events, 1);
  EXPECT_EQ(hits, 2);
  EXPECT_EQ(batch({item("api", "y", 10, 2), item("api", "z", 10, 2)}).value().size(), 2U);
  EXPECT_EQ(events, 3);
  EXPECT_EQ(hits, 6);
}

TEST_F(LimitGateway, AnItemThatIsWrongIsAnsweredByItsErrorAndTheOthersAreCounted) {
  const auto answers = batch({item("api", "x", 10, 1), Value::map({{"name", "api"}}),
                              item("api", std::string(5000, 'x'), 10, 1), Value("nonsense"),
                              item("api", "y", 10, 1)})
                           .value();
  ASSERT_EQ(answers.size(), 5U);
  EXPECT_EQ(remaining(answers[0]), 9);
  for (const std::size_t wrong : {1U, 2U, 3U}) {
    const Value* error = answers[wrong].find("error");
    ASSERT_NE(error, nullptr) << wrong;
    EXPECT_EQ(*error->find("code"), Value("invalid_argument")) << wrong;
  }
  EXPECT_EQ(remaining(answers[4]), 9);
}

TEST_F(LimitGateway, CreditDrainResetAndShadowAreAsked) {
  const auto check = [&](ValueMap more) {
    ValueMap request = *item("api", "x", 2, 1).get_if<ValueMap>();
    request["op"] = "limit";
    for (auto& [field, value] : more) request[field] = value;
    return ask(request).value();
  };
  EXPECT_EQ(remaining(check({{"cost", -1}})), 3);
  const Value drained = check({{"cost", 9}, {"drain_over_limit", true}});
  EXPECT_EQ(*drained.find("admitted"), Value(false));
  EXPECT_EQ(remaining(drained), 0);
  const Value shadowed = check({{"shadow", true}});
  EXPECT_EQ(*shadowed.find("admitted"), Value(true));
  EXPECT_EQ(*shadowed.find("shadowed"), Value(true));
  EXPECT_EQ(remaining(check({{"reset_first", true}})), 1);
}

TEST_F(LimitGateway, AReservationIsCommittedAndALeaseGivenBack) {
  ValueMap request = *item("api", "x", 2, 2).get_if<ValueMap>();
  request["op"] = "limit_reserve";
  EXPECT_EQ(ask(request).error().code(), ErrorCode::invalid_argument);  // hold_for_ns is missing
  request["hold_for_ns"] = 60'000'000'000;
  const Value held = ask(request).value();
  EXPECT_EQ(*held.find("admitted"), Value(true));
  EXPECT_EQ(remaining(held), 0);
  ValueMap end{{"op", "limit_end"}, {"name", "api"}, {"key", "x"}, {"commit", true}};
  end["ticket"] = *held.find("ticket");
  EXPECT_EQ(ask(end).value(), Value::map({{"ended", true}}));
  EXPECT_EQ(ask(end).value(), Value::map({{"ended", false}}));

  ValueMap lease = *item("slots", "x", 1, 1).get_if<ValueMap>();
  lease["op"] = "limit";
  lease["algorithm"] = "concurrency";
  const Value leased = ask(lease).value();
  EXPECT_EQ(*ask(lease).value().find("admitted"), Value(false));
  const ValueMap back{
      {"op", "limit_end"}, {"name", "slots"}, {"key", "x"}, {"ticket", *leased.find("ticket")}};
  EXPECT_EQ(ask(back).value(), Value::map({{"ended", true}}));
  EXPECT_EQ(*ask(lease).value().find("admitted"), Value(true));
}

}  // namespace
}  // namespace kith
