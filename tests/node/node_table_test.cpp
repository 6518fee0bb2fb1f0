// The tables of a node through its gateway, as an app in any language uses them.

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
  /// The result; an error ends the test.
  Value done(const std::string& action, ValueMap arguments) {
    return ask(action, std::move(arguments)).value();
  }
  static ValueArray items(const Value& page) { return *page.find("items")->get_if<ValueArray>(); }
  /// The rest of a stream.
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
  const ValueMap writes{{"rows", Value::array({Value::array({1})})}, {"key", 1}, {"to", "mine"}};
  for (const std::string name : {"private", "protected"}) {
    for (const char* action : {"insert", "update_counter", "delete", "drop", "rename"}) {
      ValueMap arguments = writes;
      arguments["table"] = name;
      const auto refused = ask(action, arguments);
      ASSERT_FALSE(refused) << action;
      EXPECT_EQ(refused.error().code(), ErrorCode::unauthorised) << action;
      EXPECT_NE(refused.error().text().find("it is " + name), std::string::npos)
          << refused.error().text();
    }
    EXPECT_EQ(*done("info", {{"table", name}}).find("access"), Value(name));
  }
  for (const char* action : {"lookup", "select", "count", "snapshot", "watch"}) {
    EXPECT_TRUE(ask(action, {{"table", "protected"}, {"key", 1}})) << action;
    EXPECT_EQ(ask(action, {{"table", "private"}, {"key", 1}}).error().code(),
              ErrorCode::unauthorised)
        << action;
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
  const auto answer = client.next(20s).value();  // before it would have been empty
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
      {"create", {{"table", 7}}, ErrorCode::invalid_argument, "must be a text"},
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
      {"next", {{"continuation", "7"}}, ErrorCode::not_found, "begin anew"},
      {"next",
       {{"continuation", to_string(service_pid(node->id().boot, 9))}},
       ErrorCode::not_found,
       "begin anew"},
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

}  // namespace
}  // namespace kith
