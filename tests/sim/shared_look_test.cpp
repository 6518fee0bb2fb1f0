// SPDX-License-Identifier: Apache-2.0

/// Reading shared limits and breakers, and using them with the definition in force, over nodes.

#include <set>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "node/cluster_view.hpp"
#include "node/gateway.hpp"
#include "node/testing.hpp"

namespace kith {
namespace {

using namespace std::chrono_literals;
using testing::SimulatedCluster;

class SharedLooks : public ::testing::Test {
 protected:
  SharedLooks() {
    EXPECT_TRUE(cluster.run_until([&] { return cluster.converged(); }, 30s));
    cluster.run_for(1s);
  }
  Result<Value> ask(std::size_t node, const std::string& operation, ValueMap arguments = {}) {
    arguments["op"] = operation;
    const Value request{std::move(arguments)};
    return cluster.node(node).system().run(
        [&] { return node::answer_request(cluster.node(node), request); });
  }
  static std::int64_t number(const Value& value, const char* field) {
    return value.find(field)->integer_or(-1);
  }
  static std::string text(const Value& value, const char* field) {
    return value.find(field)->text_or("");
  }
  static const Value& definition(const Value& value) { return *value.find("definition"); }
  /// Returns a key of the limit that this node counts.
  std::string key_on(std::size_t node, const std::string& name) {
    for (int i = 0;; ++i) {
      const std::string key = std::to_string(i);
      const auto owner = cluster.node(0).view().primary(cluster::Service::limits,
                                                        cluster::partition_key(name, key));
      if (owner->node == cluster.node(node).id().boot) return key;
    }
  }
  /// Reads the names of a list over all pages of the given size.
  std::string names(const std::string& list, std::int64_t page, const std::string& prefix = "") {
    std::string found;
    ValueMap request{{"page", page}, {"prefix", prefix}};
    for (int i = 0; i < 100; ++i) {
      const Value answer = ask(1, list, request).value();
      for (const Value& item : *answer.find(list)->get_if<ValueArray>()) {
        found += text(item, "name") + " ";
      }
      if (answer.find("next")->is_null()) return found;
      request["after"] = *answer.find("next");
    }
    return "no end";
  }

  SimulatedCluster cluster{{.nodes = 3, .seed = 23, .prepare = [](NodeOptions&) {}}};
};

TEST_F(SharedLooks, ToLookAtALimitNeverDefinesCountsOrRemembers) {
  EXPECT_EQ(ask(0, "limit_show", {{"name", "api"}}).error().code(), ErrorCode::not_found);
  EXPECT_EQ(ask(0, "limit_show", {{"name", "api"}, {"key", "ann"}}).error().code(),
            ErrorCode::not_found);
  EXPECT_EQ(names("limits", 10), "");
  const auto limiter = cluster.node(0).rate_limiter("api", {.limit = 5, .window = 1h});
  EXPECT_TRUE(limiter.check("ann", 2));
  for (int i = 0; i < 3; ++i) {
    const Value seen = ask(1, "limit_show", {{"name", "api"}, {"key", "ann"}}).value();
    EXPECT_EQ(number(seen, "keys"), 1);
    EXPECT_EQ(number(definition(seen), "limit"), 5);
    EXPECT_EQ(number(*seen.find("key"), "used"), 2);
    EXPECT_EQ(number(*seen.find("key"), "remaining"), 3);
    const Value other = ask(2, "limit_show", {{"name", "api"}, {"key", "bob"}}).value();
    EXPECT_EQ(number(*other.find("key"), "used"), 0);
    EXPECT_EQ(number(other, "keys"), 1) << "bob is not remembered";
  }
  EXPECT_EQ(limiter.check("ann", 0).value().remaining, 3U);
}

/// Reading at the present time does not advance a key that an app counts at its own times.
TEST_F(SharedLooks, ToLookDoesNotMoveTheTimeOfAKey) {
  const auto limiter = cluster.node(0).rate_limiter("log", {.limit = 1, .window = 10s});
  EXPECT_TRUE(limiter.check_at("ann", 100s).value().admitted);
  EXPECT_TRUE(ask(1, "limit_show", {{"name", "log"}, {"key", "ann"}}));
  EXPECT_FALSE(limiter.check_at("ann", 105s).value().admitted);
  EXPECT_TRUE(limiter.check_at("ann", 111s).value().admitted);
}

TEST_F(SharedLooks, ALimitIsUsedByTheNewestDefinitionWhicheverNodeCountsTheKey) {
  EXPECT_EQ(ask(0, "limit", {{"name", "api"}, {"key", "ann"}}).error().code(),
            ErrorCode::not_found);
  const std::string first = key_on(0, "api");
  const std::string second = key_on(1, "api");
  const std::string third = key_on(2, "api");
  EXPECT_TRUE(ask(0, "limit", {{"name", "api"}, {"key", first}, {"limit", 7}}));
  cluster.run_for(1s);
  EXPECT_TRUE(ask(0, "limit", {{"name", "api"}, {"key", second}, {"limit", 3}}));
  for (const auto& [key, left] : {std::pair(first, 1), std::pair(second, 1), std::pair(third, 2)}) {
    const Value answer = ask(2, "limit", {{"name", "api"}, {"key", key}}).value();
    EXPECT_EQ(number(answer, "limit"), 3) << key;
    EXPECT_EQ(number(answer, "remaining"), left) << key;
  }
  const Value batch =
      ask(1, "limit_batch",
          {{"items", ValueArray{Value::map({{"name", "api"}, {"key", first}}),
                                Value::map({{"name", "other"}, {"key", "x"}}),
                                Value::map({{"name", "api"}, {"key", "x"}, {"cost", 0}})}}})
          .value();
  const ValueArray& answers = *batch.find("answers")->get_if<ValueArray>();
  EXPECT_EQ(number(answers[0], "remaining"), 0);
  EXPECT_EQ(text(*answers[1].find("error"), "code"), "not_found");
  EXPECT_EQ(number(answers[2], "limit"), 3);
  EXPECT_EQ(number(definition(ask(0, "limit_show", {{"name", "api"}}).value()), "limit"), 3);
}

TEST_F(SharedLooks, AReservationWithoutOptionsGoesByTheDefinitionInForce) {
  EXPECT_EQ(ask(0, "limit_reserve", {{"name", "api"}, {"key", "ann"}, {"hold_for_ns", 1'000'000}})
                .error()
                .code(),
            ErrorCode::not_found);
  EXPECT_TRUE(ask(0, "limit", {{"name", "api"}, {"key", "bob"}, {"limit", 4}}));
  const Value held =
      ask(1, "limit_reserve",
          {{"name", "api"}, {"key", "ann"}, {"cost", 3}, {"hold_for_ns", 60'000'000'000}})
          .value();
  EXPECT_EQ(number(held, "limit"), 4);
  const Value seen = ask(2, "limit_show", {{"name", "api"}, {"key", "ann"}}).value();
  EXPECT_EQ(number(*seen.find("key"), "remaining"), 1);
  EXPECT_TRUE(
      ask(1, "limit_end", {{"name", "api"}, {"key", "ann"}, {"ticket", *held.find("ticket")}}));
}

TEST_F(SharedLooks, AllLimitsOfTheClusterAreListedInPagesWithWhereTheyLive) {
  std::string all;
  for (int i = 10; i < 30; ++i) {
    const std::string name = "limit" + std::to_string(i);
    all += name + " ";
    const auto limiter = cluster.node(0).rate_limiter(name, {.limit = 5, .window = 1h});
    for (int key = 0; key < 9; ++key) EXPECT_TRUE(limiter.check(std::to_string(key)));
  }
  EXPECT_TRUE(cluster.node(0).rate_limiter("other", {}).check("x"));
  for (const std::int64_t page : {1, 3, 7, 500}) EXPECT_EQ(names("limits", page), all + "other ");
  EXPECT_EQ(names("limits", 3, "limit1"), all.substr(0, all.size() / 2));
  const Value answer = ask(2, "limits", {{"page", 1}}).value();
  const Value& first = answer.find("limits")->get_if<ValueArray>()->front();
  EXPECT_EQ(number(first, "keys"), 9);
  std::int64_t keys = 0;
  for (const Value& node : *first.find("nodes")->get_if<ValueArray>()) keys += number(node, "keys");
  EXPECT_EQ(keys, 9);
  EXPECT_EQ(ask(0, "limits", {{"page", 0}}).error().code(), ErrorCode::invalid_argument);
}

TEST_F(SharedLooks, ANodeThatDoesNotAnswerIsNamed) {
  EXPECT_TRUE(cluster.node(0).breaker("bank").acquire());
  cluster.kill(2);
  for (const char* list : {"limits", "breakers"}) {
    const Value answer = ask(0, list).value();
    const ValueArray& unreachable = *answer.find("unreachable")->get_if<ValueArray>();
    ASSERT_EQ(unreachable.size(), 1U) << list;
    EXPECT_EQ(unreachable.front(), Value(cluster.node(1).members().back().id.name));
  }
}

TEST_F(SharedLooks, ToLookAtABreakerNeverDefinesOrChangesIt) {
  EXPECT_EQ(ask(0, "breaker_show", {{"name", "pay"}}).error().code(), ErrorCode::not_found);
  const Value unused = ask(1, "breaker", {{"name", "pay"}, {"failure_threshold", 2}}).value();
  EXPECT_EQ(*unused.find("defined"), Value(false));
  EXPECT_EQ(text(unused, "state"), "closed");
  EXPECT_EQ(ask(0, "breaker_show", {{"name", "pay"}}).error().code(), ErrorCode::not_found);
  EXPECT_EQ(names("breakers", 10), "");
}

TEST_F(SharedLooks, ABreakerIsUsedByTheDefinitionInForce) {
  const auto breaker = cluster.node(0).breaker("pay", {.failure_threshold = 2, .open_for = 10s});
  for (int i = 0; i < 2; ++i) {
    (void)breaker.run([] { return Result<int>(ErrorCode::timeout, "no"); });
  }
  const Value refused = ask(1, "breaker", {{"name", "pay"}, {"action", "success"}}).value();
  EXPECT_EQ(text(refused, "state"), "open");
  EXPECT_EQ(*refused.find("counted"), Value(false));
  EXPECT_GT(number(refused, "retry_after_ns"), Duration(9s).count());
  EXPECT_EQ(number(definition(refused), "failure_threshold"), 2);
  EXPECT_EQ(cluster.node(2).breaker("pay").run([] { return 1; }).error().code(),
            ErrorCode::circuit_open);
  cluster.run_for(11s);
  const Value seen = ask(1, "breaker_show", {{"name", "pay"}}).value();
  EXPECT_EQ(text(seen, "state"), "open") << "to look lets no probe pass";
  EXPECT_EQ(*seen.find("permitted"), Value(true));
  EXPECT_EQ(text(ask(1, "breaker", {{"name", "pay"}, {"action", "success"}}).value(), "state"),
            "closed");
}

TEST_F(SharedLooks, AStateByHandOutlivesRequestsWithoutAndWithOtherOptions) {
  EXPECT_TRUE(cluster.node(0).breaker("pay", {.failure_threshold = 2}).acquire());
  EXPECT_TRUE(ask(0, "breaker", {{"name", "pay"}, {"action", "forced_open"}}));
  EXPECT_FALSE(cluster.node(1).breaker("pay").acquire()->permit.has_value());
  const Value told = ask(1, "breaker", {{"name", "pay"}, {"action", "success"}}).value();
  EXPECT_EQ(text(told, "state"), "forced_open");
  EXPECT_EQ(number(definition(told), "failure_threshold"), 2);
  EXPECT_FALSE(cluster.node(1).breaker("pay", {.failure_threshold = 9}).acquire()->permit);
  EXPECT_EQ(text(ask(0, "breaker_show", {{"name", "pay"}}).value(), "state"), "forced_open");
}

TEST_F(SharedLooks, AResultWhosePermitIsNotOutIsToldNotCounted) {
  const Value given = ask(0, "breaker", {{"name", "pay"}, {"action", "acquire"}}).value();
  const auto bring = [&](Value permit) {
    return *ask(1, "breaker", {{"name", "pay"}, {"action", "failure"}, {"permit", permit}})
                .value()
                .find("counted");
  };
  EXPECT_EQ(bring(0), Value(false));
  EXPECT_EQ(bring(999), Value(false));
  EXPECT_EQ(bring(*given.find("permit")), Value(true));
  EXPECT_EQ(number(ask(0, "breaker_show", {{"name", "pay"}}).value(), "failures"), 1);
}

TEST_F(SharedLooks, AllBreakersOfTheClusterAreListedInPagesWithWhereTheyLive) {
  std::string all;
  for (int i = 10; i < 30; ++i) {
    all += "bank" + std::to_string(i) + " ";
    EXPECT_TRUE(cluster.node(0).breaker("bank" + std::to_string(i)).acquire());
  }
  for (const std::int64_t page : {1, 3, 500}) EXPECT_EQ(names("breakers", page), all);
  EXPECT_EQ(names("breakers", 3, "bank1"), all.substr(0, all.size() / 2));
  std::set<std::string> nodes;
  const Value answer = ask(2, "breakers").value();
  for (const Value& item : *answer.find("breakers")->get_if<ValueArray>()) {
    nodes.insert(text(item, "node"));
    EXPECT_EQ(text(item, "state"), "closed");
  }
  EXPECT_EQ(nodes.size(), 3U);
}

}  // namespace
}  // namespace kith
