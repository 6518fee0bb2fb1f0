// SPDX-License-Identifier: Apache-2.0

// The tables of a node through its gateway, as used by apps in any language.

#include <array>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "core/limits.hpp"
#include "node/node.hpp"
#include "table/table_directory.hpp"
#include "transport/codec.hpp"
#include "transport/request_client.hpp"

namespace kith {
namespace {

using namespace std::chrono_literals;

class NodeTables : public ::testing::Test {
 protected:
  std::unique_ptr<Node> node = Node::start({.name = "a", .workers = 1}).value();
  transport::RequestClient client = transport::RequestClient::connect(node->address()).value();

  Result<Value> ask(const std::string& action, ValueMap arguments) {
    arguments["op"] = "node_table";
    arguments["action"] = action;
    return ask(std::move(arguments));
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
  /// Returns the result; an error ends the test.
  Value done(const std::string& action, ValueMap arguments) {
    return ask(action, std::move(arguments)).value();
  }
  static ValueArray items(const Value& page) { return *page.find("items")->get_if<ValueArray>(); }
  /// Reads the rest of a stream.
  ValueArray rest(Value page) {
    ValueArray all = items(page);
    while (!page.find("continuation")->is_null()) {
      page = done("next", {{"continuation", *page.find("continuation")}});
      for (const Value& each : items(page)) all.push_back(each);
    }
    return all;
  }
  void insert(const std::string& table, ValueArray rows) {
    done("insert", {{"table", table}, {"rows", std::move(rows)}});
  }
  void fill(const std::string& table, int rows) {
    for (int begin = 0; begin < rows; begin += 10'000) {
      ValueArray batch;
      for (int i = begin; i < std::min(begin + 10'000, rows); ++i) {
        batch.push_back(Value::array({i, "row"}));
      }
      insert(table, std::move(batch));
    }
  }
};

TEST_F(NodeTables, AnAppMakesWritesReadsAndEndsATable) {
  EXPECT_EQ(*done("create", {{"table", "t"}, {"type", "ordered_set"}}).find("access"),
            Value("public"));
  insert("t", {Value::array({"b", 2}), Value::array({"a", 1})});
  EXPECT_EQ(done("lookup", {{"table", "t"}, {"key", "a"}}),
            Value::map({{"rows", Value::array({Value::array({"a", 1})})}}));
  EXPECT_EQ(done("update_counter", {{"table", "t"}, {"key", "a"}, {"updates", 4}}),
            Value::map({{"values", Value::array({5})}}));
  EXPECT_EQ(rest(done("select", {{"table", "t"}, {"reverse", true}})),
            (ValueArray{Value::array({"b", 2}), Value::array({"a", 5})}));
  EXPECT_EQ(
      done("insert", {{"table", "t"},
                      {"rows", Value::array({Value::array({"c", 1}), Value::array({"a", 1})})},
                      {"new", true}}),
      Value::map({{"inserted", 0}}));
  EXPECT_EQ(done("delete", {{"table", "t"}, {"key", "b"}}), Value::map({{"deleted", 1}}));
  EXPECT_EQ(*done("info", {{"table", "t"}}).find("rows"), Value(1));
  EXPECT_EQ(*done("rename", {{"table", "t"}, {"to", "u"}}).find("name"), Value("u"));
  EXPECT_EQ(ask("create", {{"table", "u"}}).error().code(), ErrorCode::already_exists);
  done("drop", {{"table", "u"}});
  EXPECT_EQ(ask("info", {{"table", "u"}}).error().code(), ErrorCode::not_found);
}

TEST_F(NodeTables, ASelectionOfManyRowsComesInPagesAndMeetsEachRowThatStaysOnce) {
  for (const char* type : {"set", "ordered_set", "duplicate_bag"}) {
    done("create", {{"table", type}, {"type", type}});
    fill(type, 25'000);
    Value page = done("select", {{"table", type}, {"limit", 100'000}});
    EXPECT_LE(items(page).size(), limits::table_page_items_max);
    EXPECT_FALSE(page.find("continuation")->is_null());
    std::multiset<Value> met;
    for (const Value& row : items(page)) met.insert(row);
    done("delete", {{"table", type}, {"key", 7}});  // between two pages
    done("delete", {{"table", type}, {"key", 24'999}});
    page = done("next", {{"continuation", *page.find("continuation")}});
    for (const Value& row : rest(page)) met.insert(row);
    for (int i = 0; i < 24'999; ++i) {
      const std::size_t times = met.count(Value::array({i, "row"}));
      ASSERT_TRUE(times == 1 || (i == 7 && times == 0)) << type << " " << i;
    }
  }
}

TEST_F(NodeTables, ASnapshotIsOfOneInstantWhateverIsWrittenMeanwhile) {
  done("create", {{"table", "t"}});
  fill("t", 1'000);
  const Value first = done("snapshot", {{"table", "t"}, {"limit", 10}});
  fill("t", 2'000);
  for (int i = 0; i < 500; ++i) done("delete", {{"table", "t"}, {"key", i}});
  insert("t", {Value::array({600, "other"})});
  std::set<Value> met;
  for (const Value& row : rest(first)) met.insert(row);
  EXPECT_EQ(met.size(), 1'000U);
  for (int i = 0; i < 1'000; ++i) EXPECT_TRUE(met.contains(Value::array({i, "row"}))) << i;
}

TEST_F(NodeTables, WhatAProcessKeepsForItselfIsNotForApps) {
  const Pid owner = spawn(node->system(), [] { sleep_for(1h); });
  const auto& tables = node->local_tables();
  for (const auto& [name, access] : std::map<std::string, TableAccess>{
           {"private", TableAccess::none}, {"protected", TableAccess::reading}}) {
    OwnedTableOptions options;
    options.name = name;
    options.named = true;
    options.access = access;
    ASSERT_TRUE(tables.create(options, owner));
  }
  const std::map<std::string, ValueMap> writes{
      {"insert", {{"rows", Value::array({Value::array({1})})}}},
      {"update_counter", {{"key", 1}}},
      {"delete", {{"key", 1}}},
      {"drop", {}},
      {"rename", {{"to", "mine"}}}};
  for (const std::string name : {"private", "protected"}) {
    for (auto [action, arguments] : writes) {
      arguments["table"] = name;
      const auto refused = ask(action, arguments);
      ASSERT_FALSE(refused) << action;
      EXPECT_EQ(refused.error().code(), ErrorCode::unauthorised) << action;
      EXPECT_NE(refused.error().text().find("it is " + name), std::string::npos)
          << refused.error().text();
    }
    EXPECT_EQ(*done("info", {{"table", name}}).find("access"), Value(name));
  }
  for (const std::string action : {"lookup", "select", "count", "snapshot", "watch"}) {
    ValueMap arguments{{"table", "protected"}};
    if (action == "lookup") arguments["key"] = 1;
    EXPECT_TRUE(ask(action, arguments)) << action;
    arguments["table"] = "private";
    EXPECT_EQ(ask(action, arguments).error().code(), ErrorCode::unauthorised) << action;
  }
}

TEST_F(NodeTables, AWatchTellsOfItsChangesInOrderAndOfTheEnd) {
  done("create", {{"table", "t"}});
  const auto change = [](const char* event, const char* key, int number) {
    return Value::map({{"event", event}, {"key", key}, {"row", Value::array({key, number})}});
  };
  const Value by_key = done("watch", {{"table", "t"}, {"key", "user:1"}});
  const Value by_prefix = done("watch", {{"table", "t"}, {"prefix", "user:"}});
  insert("t", {Value::array({"user:1", 1})});
  insert("t", {Value::array({"other", 1})});
  insert("t", {Value::array({"user:2", 1})});
  done("update_counter", {{"table", "t"}, {"key", "user:1"}});
  done("delete", {{"table", "t"}, {"key", "user:1"}});
  const Value one = done("next", {{"continuation", *by_prefix.find("continuation")}, {"limit", 1}});
  EXPECT_EQ(items(one), ValueArray{change("written", "user:1", 1)});
  done("drop", {{"table", "t"}});
  EXPECT_EQ(rest(one), (ValueArray{change("written", "user:1", 1), change("written", "user:2", 1),
                                   change("written", "user:1", 2), change("erased", "user:1", 2),
                                   Value::map({{"event", "ended"}})}));
  EXPECT_EQ(rest(by_key),
            (ValueArray{change("written", "user:1", 1), change("written", "user:1", 2),
                        change("erased", "user:1", 2), Value::map({{"event", "ended"}})}));
}

TEST_F(NodeTables, AWatchWaitsForAChange) {
  done("create", {{"table", "t"}});
  const Value watch = done("watch", {{"table", "t"}});
  const Value request = Value::map({{"op", "node_table"},
                                    {"action", "next"},
                                    {"continuation", *watch.find("continuation")},
                                    {"timeout_ns", Duration(30s).count()}});
  const auto number = client.begin(transport::encode_value(request)).value();
  auto writer = transport::RequestClient::connect(node->address()).value();
  const Value insert = Value::map({{"op", "node_table"},
                                   {"action", "insert"},
                                   {"table", "t"},
                                   {"rows", Value::array({Value::array({1})})}});
  ASSERT_TRUE(writer.request(transport::encode_value(insert), 30s));
  const auto answer = client.next(20s).value();  // an answer before the insert would be empty
  EXPECT_EQ(answer.first, number);
  const Value page = *transport::decode_value(*answer.second).value().find("ok");
  EXPECT_EQ(items(page).size(), 1U);
}

TEST_F(NodeTables, ASlowReaderIsToldHowManyChangesItHasMissed) {
  done("create", {{"table", "t"}});
  Value page = done("watch", {{"table", "t"}});
  const int changes = static_cast<int>(limits::table_watch_changes_max) + 500;
  fill("t", changes);
  ValueArray seen;
  while (seen.size() < limits::table_watch_changes_max + 1) {
    page = done("next", {{"continuation", *page.find("continuation")}});
    ASSERT_FALSE(items(page).empty());
    for (const Value& each : items(page)) seen.push_back(each);
  }
  EXPECT_EQ(seen.back(), Value::map({{"event", "missed"}, {"count", 500}}));
  insert("t", {Value::array({"after"})});
  page = done("next", {{"continuation", *page.find("continuation")}});
  ASSERT_EQ(items(page).size(), 1U);
  EXPECT_EQ(*items(page).front().find("key"), Value("after"));
}

TEST_F(NodeTables, ThereIsABoundForWhatIsUnderWay) {
  done("create", {{"table", "t"}});
  std::vector<Value> continuations;
  for (std::size_t i = 0; i < limits::table_streams_max; ++i) {
    continuations.push_back(*done("watch", {{"table", "t"}}).find("continuation"));
  }
  EXPECT_EQ(ask("watch", {{"table", "t"}}).error().code(), ErrorCode::overloaded);
  done("end", {{"continuation", continuations.front()}});
  const auto ended_is_seen = [&] { return ask("watch", {{"table", "t"}}).has_value(); };
  const TimePoint deadline = node->system().clock().now() + 20s;
  bool seen = false;
  while (!(seen = ended_is_seen()) && node->system().clock().now() < deadline) continue;
  EXPECT_TRUE(seen);
}

TEST_F(NodeTables, TheListComesInPages) {
  const std::string long_name(200, 'n');
  for (int i = 0; i < 1'500; ++i) done("create", {{"table", long_name + std::to_string(i)}});
  std::set<std::string> names;
  bool more = true;
  int pages = 0;
  for (std::string after; more; ++pages) {
    const Value page = done("list", {{"after", after}});
    for (const Value& each : *page.find("tables")->get_if<ValueArray>()) {
      after = each.find("name")->text_or("");
      EXPECT_TRUE(names.insert(after).second);
    }
    more = *page.find("more") == Value(true);
  }
  EXPECT_EQ(names.size(), 1'500U);
  EXPECT_GT(pages, 1);
}

TEST_F(NodeTables, WrongRequestsAreRefusedAndSayWhatIsWrong) {
  done("create", {{"table", "t"}});
  done("create", {{"table", "bag"}, {"type", "bag"}});
  insert("t", {Value::array({"a", "text"})});
  const Value rows = Value::array({Value::array({1})});
  const struct {
    const char* action;
    ValueMap arguments;
    ErrorCode code;
    const char* says;
  } wrong[] = {
      {"frob", {}, ErrorCode::invalid_argument, "update_counter"},
      {"create", {}, ErrorCode::invalid_argument, "'table' is missing"},
      {"create", {{"table", 7}}, ErrorCode::invalid_argument, "must be a string"},
      {"create", {{"table", ""}}, ErrorCode::invalid_argument, "1 to 255 bytes"},
      {"create", {{"table", std::string(256, 'x')}}, ErrorCode::invalid_argument, "not 256"},
      {"create", {{"table", "n"}, {"type", "heap"}}, ErrorCode::invalid_argument, "'heap'"},
      {"create", {{"table", "n"}, {"type", 1}}, ErrorCode::invalid_argument, "'type'"},
      {"create", {{"table", "n"}, {"key_position", 0}}, ErrorCode::invalid_argument, "from 1"},
      {"create", {{"table", "n"}, {"key_position", -1}}, ErrorCode::invalid_argument, "whole"},
      {"insert", {{"table", "none"}, {"rows", rows}}, ErrorCode::not_found, "'none'"},
      {"insert", {{"table", "t"}}, ErrorCode::invalid_argument, "'rows'"},
      {"insert",
       {{"table", "t"}, {"rows", Value::array({1})}},
       ErrorCode::invalid_argument,
       "row 1"},
      {"insert",
       {{"table", "t"}, {"rows", Value::array({Value::array({})})}},
       ErrorCode::invalid_argument,
       "element 1"},
      {"lookup", {{"table", "t"}}, ErrorCode::invalid_argument, "'key' is missing"},
      {"update_counter", {{"table", "t"}, {"key", "b"}}, ErrorCode::not_found, "\"b\""},
      {"update_counter", {{"table", "t"}, {"key", "a"}}, ErrorCode::invalid_argument, "no integer"},
      {"update_counter",
       {{"table", "t"}, {"key", "a"}, {"updates", "x"}},
       ErrorCode::invalid_argument,
       ""},
      {"update_counter",
       {{"table", "t"}, {"key", "b"}, {"initial", 7}},
       ErrorCode::invalid_argument,
       "'initial'"},
      {"update_counter", {{"table", "bag"}, {"key", "a"}}, ErrorCode::invalid_argument, ""},
      {"select", {{"table", "t"}, {"spec", 7}}, ErrorCode::invalid_argument, "array of clauses"},
      {"select", {{"table", "t"}, {"limit", 0}}, ErrorCode::invalid_argument, "'limit'"},
      {"select", {{"table", "t"}, {"reverse", true}}, ErrorCode::invalid_argument, "ordered_set"},
      {"watch", {{"table", "t"}, {"key", 1}, {"prefix", "a"}}, ErrorCode::invalid_argument, "both"},
      {"watch", {{"table", "t"}, {"prefix", 1}}, ErrorCode::invalid_argument, "'prefix'"},
      {"next", {}, ErrorCode::invalid_argument, "'continuation'"},
      {"next", {{"continuation", "7"}}, ErrorCode::not_found, "start again"},
      {"next",
       {{"continuation", to_string(service_pid(node->id().boot, 9))}},
       ErrorCode::not_found,
       "start again"},
      {"rename", {{"table", "t"}, {"to", "bag"}}, ErrorCode::already_exists, "'bag'"},
      {"rename", {{"table", "t"}, {"to", ""}}, ErrorCode::invalid_argument, "1 to 255"},
  };
  for (const auto& each : wrong) {
    const auto refused = ask(each.action, each.arguments);
    ASSERT_FALSE(refused) << each.action << to_json(each.arguments);
    EXPECT_EQ(refused.error().code(), each.code) << refused.error().to_string();
    EXPECT_NE(refused.error().text().find(each.says), std::string::npos)
        << each.action << ": " << refused.error().text();
  }
}

// --- limits -------------------------------------------------------------------------

constexpr std::size_t text_max = limits::table_row_bytes_max - 5;  // as a separate value

TEST_F(NodeTables, ARowThatNoAnswerHasRoomForIsRefusedWhenItIsWritten) {
  done("create", {{"table", "t"}});
  const std::string fits(limits::table_row_bytes_max - 8, 'x');  // with the array and the key
  insert("t", {Value::array({"k", fits})});
  const Value change = done("watch", {{"table", "t"}});
  insert("t", {Value::array({"k", fits})});
  const Value expected = Value::array({"k", fits});
  EXPECT_EQ(done("lookup", {{"table", "t"}, {"key", "k"}}),
            Value::map({{"rows", Value::array({expected})}}));
  EXPECT_EQ(rest(done("select", {{"table", "t"}})), ValueArray{expected});
  EXPECT_EQ(rest(done("snapshot", {{"table", "t"}})), ValueArray{expected});
  const Value told = done("next", {{"continuation", *change.find("continuation")}});
  EXPECT_EQ(*items(told).front().find("row"), expected);
  const auto refused =
      ask("insert", {{"table", "t"}, {"rows", Value::array({Value::array({"k", fits + "x"})})}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::invalid_argument);
  EXPECT_NE(refused.error().text().find("row 1: a value of 1032193 bytes"), std::string::npos)
      << refused.error().text();
}

TEST_F(NodeTables, KeysOfRowsHaveALimit) {
  done("create", {{"table", "t"}, {"key_position", 2}});
  const std::string key(limits::key_size_bytes_max, 'k');
  insert("t", {Value::array({1, key})});
  for (const ValueMap& arguments :
       {ValueMap{{"rows", Value::array({Value::array({1, key + "k"})})}},
        ValueMap{{"key", key + "k"}, {"initial", Value::array({1, 2, 3})}, {"updates", 1}}}) {
    ValueMap request = arguments;
    request["table"] = "t";
    const auto refused =
        ask(arguments.contains("rows") ? "insert" : "update_counter", std::move(request));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::invalid_argument);
    EXPECT_NE(refused.error().text().find("4096"), std::string::npos) << refused.error().text();
  }
}

TEST_F(NodeTables, AnErrorShowsLargeTermsInPart) {
  done("create", {{"table", "t"}, {"key_position", 2}});
  const std::string large(900'000, '\x01');  // six times as long in JSON
  for (const Value& row : {Value(ValueArray{large}), Value(large)}) {
    const auto refused = ask("insert", {{"table", "t"}, {"rows", Value::array({row})}});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::invalid_argument) << refused.error().text();
    EXPECT_LT(refused.error().text().size(), 1000U);
  }
  const auto refused = ask("update_counter", {{"table", "t"}, {"key", 1}, {"updates", large}});
  EXPECT_EQ(refused.error().code(), ErrorCode::invalid_argument);
}

TEST_F(NodeTables, ManyRowsOfOneKeyAreSelectedAndNotLookedUp) {
  done("create", {{"table", "t"}, {"type", "duplicate_bag"}});
  const std::size_t rows = limits::decode_elements_max + 1;
  const OwnedTable table = node->local_tables().find("t").value();
  for (std::size_t i = 0; i < rows; ++i) EXPECT_TRUE(table.write().value()->insert({1}));
  const auto refused = ask("lookup", {{"table", "t"}, {"key", 1}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::invalid_argument);
  EXPECT_EQ(rest(done("select", {{"table", "t"}})).size(), rows);
}

TEST_F(NodeTables, CountWithoutASpecificationCountsAllRows) {
  done("create", {{"table", "t"}, {"type", "bag"}});
  EXPECT_EQ(done("count", {{"table", "t"}}), Value::map({{"count", 0}}));
  insert("t", {Value::array({1, "a"}), Value::array({1, "b"}), Value::array({2, "a"})});
  EXPECT_EQ(done("count", {{"table", "t"}}), Value::map({{"count", 3}}));
  EXPECT_EQ(done("count", {{"table", "t"}, {"spec", nullptr}}), Value::map({{"count", 3}}));
}

TEST_F(NodeTables, TheListHasPagesAsLongAsTheyAreAskedFor) {
  for (const char* name : {"c", "a", "b"}) done("create", {{"table", name}});
  const Value first = done("list", {{"page", 2}});
  EXPECT_EQ(first.find("tables")->get_if<ValueArray>()->size(), 2U);
  EXPECT_EQ(*first.find("next"), Value("b"));
  const Value second = done("list", {{"page", 2}, {"after", *first.find("next")}});
  EXPECT_EQ(second.find("tables")->get_if<ValueArray>()->size(), 1U);
  EXPECT_TRUE(second.find("next")->is_null());
  EXPECT_EQ(ask("list", {{"page", 0}}).error().code(), ErrorCode::invalid_argument);
}

/// Two nodes and a shared table.
class SharedTables : public NodeTables {
 protected:
  std::unique_ptr<Node> other =
      Node::start({.name = "b", .seeds = {node->address()}, .workers = 1}).value();

  void SetUp() override {
    ASSERT_TRUE(node->wait_for_members(2, 20s));
    ASSERT_TRUE(other->wait_for_members(2, 20s));
  }
  /// Returns a key whose row is stored on that node.
  std::string key_on(const std::string& name) {
    for (int i = 0;; ++i) {
      const Value found = shared("get", {{"key", std::to_string(i)}}).value();
      if (*found.find("node") == Value(name)) return std::to_string(i);
    }
  }
  Result<Value> shared(const std::string& action, ValueMap arguments) {
    arguments["op"] = "table";
    arguments["action"] = action;
    arguments.emplace("table", "t");
    return ask(std::move(arguments));
  }
  Result<Value> list(ValueMap arguments = {}) {
    arguments["op"] = "tables";
    return ask(std::move(arguments));
  }
};

TEST_F(SharedTables, AValueAtTheLimitIsReadFromEachNodeAndOneBeyondItIsRefusedAtOnce) {
  const std::string fits(text_max, 'x');
  const Value beyond = fits + "y";
  for (const char* primary : {"a", "b"}) {
    const std::string key = key_on(primary);
    ASSERT_TRUE(shared("put", {{"key", key}, {"value", fits}}));
    for (Node* each : {node.get(), other.get()}) {
      EXPECT_EQ(each->table("t").get(key).value(), Value(fits)) << primary;
      EXPECT_EQ(each->table("t").put(key, beyond).error().code(), ErrorCode::invalid_argument);
      EXPECT_EQ(each->table("t").get(key).value(), Value(fits)) << primary;
      EXPECT_EQ(each->table("t").erase(key).value(), Value(fits)) << primary;
      EXPECT_TRUE(each->table("t").put(key, fits)) << primary;
    }
    EXPECT_EQ(*shared("get", {{"key", key}}).value().find("value"), Value(fits));
    const auto refused = shared("put", {{"key", key}, {"value", beyond}});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::invalid_argument);
    EXPECT_NE(refused.error().text().find(std::to_string(limits::table_row_bytes_max)),
              std::string::npos)
        << refused.error().text();
  }
}

TEST_F(SharedTables, AreListedWithTheNodesTheirRowsLiveOn) {
  EXPECT_EQ(
      list().value(),
      Value::map({{"tables", ValueArray()}, {"next", nullptr}, {"unreachable", ValueArray()}}));
  const std::string on_a = key_on("a");
  const std::string on_b = key_on("b");
  EXPECT_TRUE(
      list().value().find("tables")->get_if<ValueArray>()->empty());  // get creates no table
  for (const std::string& key : {on_a, on_b}) {
    ASSERT_TRUE(shared("put", {{"key", key}, {"value", 1}}));
  }
  ASSERT_TRUE(shared("put", {{"table", "s"}, {"key", on_a}, {"value", 1}}));
  const Value first = list({{"page", 1}}).value();
  ASSERT_EQ(first.find("tables")->get_if<ValueArray>()->size(), 1U);
  EXPECT_EQ(*first.find("tables")->get_if<ValueArray>()->front().find("name"), Value("s"));
  EXPECT_EQ(*first.find("next"), Value("s"));
  const Value second = list({{"page", 1}, {"after", "s"}}).value();
  const Value table = second.find("tables")->get_if<ValueArray>()->front();
  EXPECT_EQ(*table.find("rows"), Value(2));
  EXPECT_EQ(*table.find("nodes"), Value::array({Value::map({{"node", "a"}, {"rows", 1}}),
                                                Value::map({{"node", "b"}, {"rows", 1}})}));
  EXPECT_TRUE(second.find("next")->is_null());
  EXPECT_EQ(list({{"page", 0}}).error().code(), ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace kith
