// SPDX-License-Identifier: Apache-2.0

// A node and its apps: every request is answered, and apps cannot exhaust the memory of the node.

#include <chrono>
#include <fstream>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <sys/resource.h>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "actor/process.hpp"
#include "core/limits.hpp"
#include "node/gateway.hpp"
#include "node/node.hpp"
#include "node/operation_fields.hpp"
#include "tests/node/raw_app.hpp"
#include "transport/codec.hpp"
#include "transport/request_client.hpp"

namespace kith {
namespace {

using namespace std::chrono_literals;
using testing::RawApp;

/// Records the warnings.
class KeptLog final : public Log {
 public:
  [[nodiscard]] bool enabled(LogLevel) const override { return true; }
  void write(LogLevel level, std::string_view, std::string_view sentence,
             std::initializer_list<LogField>) override {
    const std::scoped_lock lock(mutex_);
    if (level == LogLevel::warning) warnings_.emplace_back(sentence);
  }
  std::size_t count(std::string_view part) {
    const std::scoped_lock lock(mutex_);
    std::size_t lines = 0;
    for (const std::string& line : warnings_) lines += line.find(part) != std::string::npos ? 1 : 0;
    return lines;
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> warnings_;
};

Result<Value> unwrap(const Value& answer) {
  if (const Value* good = answer.find("ok")) return *good;
  const Value& error = *answer.find("error");
  return Error(error_code_from_string(error.find("code")->text_or("")).value(),
               error.find("text")->text_or(""));
}

class AttachedApp : public ::testing::Test {
 protected:
  std::shared_ptr<KeptLog> log = std::make_shared<KeptLog>();
  std::unique_ptr<Node> node = Node::start({.name = "a", .workers = 1, .log = log}).value();
  transport::RequestClient client = transport::RequestClient::connect(node->address()).value();

  Result<Value> ask(const Value& request) {
    const auto reply = client.request(transport::encode_value(request), 30s);
    if (!reply) return reply.error();
    return unwrap(transport::decode_value(*reply).value());
  }
  Error refusal(const Value& request) {
    const auto answer = ask(request);
    return answer ? Error(ErrorCode::internal, "it was answered") : answer.error();
  }
  std::int64_t counter(const char* name) {
    return ask(Value::map({{"op", "info"}}))->find("transport")->find(name)->integer_or(0);
  }
  bool eventually(const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + 20s;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::sleep_for(2ms);
    }
    return true;
  }
  void make_row(std::size_t size_bytes) {
    ASSERT_TRUE(ask(Value::map({{"op", "node_table"}, {"action", "create"}, {"table", "big"}})));
    ASSERT_TRUE(ask(
        Value::map({{"op", "node_table"},
                    {"action", "insert"},
                    {"table", "big"},
                    {"rows", Value::array({Value::array({"k", std::string(size_bytes, 'x')})})}})));
  }
};

const Value ping = Value::map({{"op", "ping"}});

std::int64_t resident_bytes() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    if (word != "VmRSS:") continue;
    std::int64_t kibibytes = 0;
    status >> kibibytes;
    return kibibytes * 1024;
  }
  return 0;
}

TEST_F(AttachedApp, WhatIsNoRequestIsAnsweredByWhatIsWrong) {
  RawApp app(node->address());
  const auto error_of = [&](const std::vector<std::string>& parts) {
    app.send(parts);
    const auto [number, answer] = RawApp::answer(app.receive().back());
    return std::to_string(number) + " " + unwrap(answer).error().to_string();
  };
  EXPECT_NE(error_of({""}).find("0 decode: the request is empty"), std::string::npos);
  EXPECT_NE(error_of({"R12"}).find("ends after 3 bytes"), std::string::npos);
  EXPECT_NE(error_of({"{\"op\":\"ping\"}"}).find("begins with byte 0x7b"), std::string::npos);
  EXPECT_NE(error_of({RawApp::request(7, ping), "more"}).find("7 decode: the request has 2 parts"),
            std::string::npos);
  EXPECT_NE(error_of({RawApp::request(8, "text")}).find("8 invalid_argument: a request is a map"),
            std::string::npos);
  EXPECT_GE(counter("requests_refused"), 4);
  EXPECT_EQ(log->count("requests of apps are refused"), 1U);
}

TEST_F(AttachedApp, AReqSocketIsAnsweredAsItExpects) {
  RawApp app(node->address(), "REQ");
  app.send({"", RawApp::request(3, ping)});
  const auto parts = app.receive();
  ASSERT_EQ(parts.size(), 2U);
  EXPECT_TRUE(parts.front().empty());
  EXPECT_TRUE(unwrap(RawApp::answer(parts.back()).second));
}

TEST_F(AttachedApp, ARequestThatIsTooLargeIsRefusedUnderItsNumberAndTheNextIsAnswered) {
  RawApp app(node->address());
  for (const std::size_t size : {limits::frame_size_bytes_max + 1, std::size_t{3} << 20U}) {
    app.send({RawApp::request(9, Value::map({{"op", "ping"}, {"x", std::string(size, 'x')}}))});
    const auto [number, answer] = RawApp::answer(app.receive().back());
    EXPECT_EQ(number, 9U);
    EXPECT_EQ(unwrap(answer).error().code(), ErrorCode::invalid_argument);
    EXPECT_NE(unwrap(answer).error().text().find("1048576"), std::string::npos);
  }
  app.send({RawApp::request(10, ping)});
  EXPECT_TRUE(unwrap(RawApp::answer(app.receive().back()).second));
}

TEST_F(AttachedApp, AnAnswerThatIsTooLargeIsAnErrorAtOnce) {
  ASSERT_TRUE(ask(Value::map({{"op", "agent_start"}, {"name", "config"}})));
  for (const char* key : {"one", "two"}) {
    ASSERT_TRUE(ask(
        Value::map({{"op", "call"},
                    {"to", "config"},
                    {"message", "put"},
                    {"body", Value::map({{"key", key}, {"value", std::string(600'000, 'x')}})}})));
  }
  const Error error = refusal(Value::map({{"op", "call"}, {"to", "config"}, {"message", "all"}}));
  EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
  EXPECT_NE(error.text().find("1048576"), std::string::npos) << error.text();
}

TEST_F(AttachedApp, OneThatTakesNoAnswersCostsItsShareOnlyAndIsLogged) {
  make_row(1'000'000);
  const Value lookup =
      Value::map({{"op", "node_table"}, {"action", "lookup"}, {"table", "big"}, {"key", "k"}});
  ASSERT_TRUE(ask(lookup));
  const std::int64_t before = resident_bytes();
  RawApp deaf(node->address());
  for (std::uint64_t i = 1; i <= 400; ++i) deaf.send({RawApp::request(i, lookup)});
  ASSERT_TRUE(
      eventually([&] { return counter("answers_dropped") + counter("requests_refused") > 300; }));
  EXPECT_LT(resident_bytes() - before, 160 << 20);
  EXPECT_EQ(log->count("does not take its answers"), 1U);
  EXPECT_TRUE(ask(lookup)) << "others go on";
}

TEST_F(AttachedApp, AFieldThatAnOperationDoesNotKnowIsRefusedWithTheNearest) {
  const auto text = [&](const Value& request) { return refusal(request).to_string(); };
  EXPECT_EQ(text(Value::map({{"op", "limit"}, {"name", "n"}, {"key", "k"}, {"limt", 5}})),
            "invalid_argument: unknown field 'limt'; did you mean 'limit'?");
  EXPECT_EQ(text(Value::map({{"op", "ping"}, {"x", 1}})), "invalid_argument: unknown field 'x'");
  EXPECT_EQ(text(Value::map({{"op", "pnig"}})),
            "invalid_argument: unknown operation 'pnig'; did you mean 'ping'?");
  EXPECT_NE(text(Value::map({{"op", "node_table"}, {"action", "lokup"}})).find("'lookup'"),
            std::string::npos);
  EXPECT_NE(
      text(Value::map({{"op", "node_table"}, {"action", "list"}, {"aftr", "x"}})).find("'after'"),
      std::string::npos);
  const auto batch = ask(Value::map(
      {{"op", "limit_batch"},
       {"items", Value::array({Value::map({{"name", "n"}, {"key", "k"}, {"limit", 5}}),
                               Value::map({{"name", "n"}, {"key", "k"}, {"brst", 1}})})}}));
  const auto& answers = *batch->find("answers")->get_if<ValueArray>();
  EXPECT_NE(answers[0].find("admitted"), nullptr);
  EXPECT_NE(to_json(answers[1]).find("did you mean 'burst'"), std::string::npos);
}

TEST_F(AttachedApp, AFieldOfAnotherTypeIsRefusedByItsNameAndNeverTheUsualValueInstead) {
  const ValueMap limit{{"op", "limit"}, {"name", "n"}, {"key", "k"}, {"limit", 5}};
  const ValueMap reserve{{"op", "limit_reserve"}, {"name", "n"}, {"key", "k"}, {"limit", 5}};
  const ValueMap breaker{{"op", "breaker"}, {"name", "n"}};
  const ValueMap counter{
      {"op", "table"}, {"action", "update_counter"}, {"table", "t"}, {"key", "k"}};
  ASSERT_TRUE(ask(Value::map({{"op", "node_table"}, {"action", "create"}, {"table", "t"}})));
  const ValueMap insert{{"op", "node_table"},
                        {"action", "insert"},
                        {"table", "t"},
                        {"rows", Value::array({Value::array({1})})}};
  const struct {
    ValueMap request;
    const char* field;
    Value wrong;
  } cases[] = {
      {limit, "algorithm", 7},
      {limit, "calendar", true},
      {reserve, "at_ns", 7},
      {breaker, "policy", 7},
      {breaker, "action", 7},
      {counter, "increment", "5"},
      {counter, "initial", 0.5},
      {insert, "new", 1},
      {{{"op", "node_table"}, {"action", "select"}, {"table", "t"}}, "reverse", 1},
      {{{"op", "node_table"}, {"action", "list"}}, "after", 7},
      {{{"op", "names"}}, "prefix", 7},
      {{{"op", "limits"}}, "prefix", 7},
      {{{"op", "breakers"}}, "after", 7},
      {{{"op", "tables"}}, "after", 7},
      {{{"op", "table"}, {"table", "t"}, {"key", "k"}}, "action", 7},
  };
  for (const auto& [request, field, wrong] : cases) {
    ValueMap spoilt = request;
    spoilt[field] = wrong;
    const Error error = refusal(spoilt);
    EXPECT_EQ(error.code(), ErrorCode::invalid_argument) << field;
    EXPECT_NE(error.text().find("'" + std::string(field) + "'"), std::string::npos) << error.text();
  }
}

TEST(OperationFields, OfEveryOperationAreKnown) {
  for (const std::string& name : node::operation_names()) {
    EXPECT_TRUE(node::has_known_fields(name)) << name << ": add it to operation_fields.cpp";
  }
}

TEST_F(AttachedApp, ErrorsRepeatForeignTextShortened) {
  const std::string error = refusal(Value::map({{"op", std::string(100'000, 'x')}})).text();
  EXPECT_LT(error.size(), 200U);
  const Value unknown = Value::map({{"op", "whereis"}, {"name", std::string(100'000, 'x')}});
  EXPECT_LT(refusal(unknown).text().size(), 500U);
}

/// Requests all names with a prefix, page by page.
std::vector<std::string> walk(const std::function<Result<Value>(const Value&)>& ask,
                              const std::string& prefix, std::int64_t page, int& pages) {
  std::vector<std::string> names;
  Value after;
  do {
    const auto answer =
        ask(Value::map({{"op", "names"}, {"prefix", prefix}, {"page", page}, {"after", after}}));
    for (const Value& each : *answer.value().find("names")->get_if<ValueArray>()) {
      names.push_back(each.find("name")->text_or(""));
    }
    after = *answer->find("next");
    pages += 1;
  } while (!after.is_null());
  return names;
}

TEST_F(AttachedApp, NamesComeInPagesBoundedInNumberAndBytes) {
  const auto asker = [this](const Value& request) { return ask(request); };
  const Pid holder = node->system().root();
  std::vector<std::string> names;
  for (int i = 0; i < 1500; ++i) {
    names.push_back("w." + std::string(200, 'x') + std::to_string(10'000 + i));
    ASSERT_TRUE(node->register_global(names.back(), holder));
  }
  ASSERT_TRUE(node->register_global("a.first", holder));
  ASSERT_TRUE(node->register_global("z.last", holder));
  int pages = 0;
  EXPECT_EQ(walk(asker, "w.", 10'000, pages), names);
  EXPECT_EQ(pages, 2) << "by bytes";
  pages = 0;
  EXPECT_EQ(walk(asker, "w.", 100, pages).size(), 1500U);
  EXPECT_EQ(pages, 15) << "by number, and no empty page at the end";
  pages = 0;
  EXPECT_EQ(walk(asker, "", 10'000, pages).size(), 1502U);
  EXPECT_EQ(walk(asker, "none", 5, pages).size(), 0U);
  EXPECT_EQ(refusal(Value::map({{"op", "names"}, {"page", 0}})).code(),
            ErrorCode::invalid_argument);
}

TEST_F(AttachedApp, TreesComeInPagesAndNoneIsLost) {
  std::set<std::string> agents;
  for (int i = 0; i < 3000; ++i) {
    const auto started = ask(Value::map({{"op", "agent_start"}, {"name", std::to_string(i)}}));
    agents.insert(to_json(*started.value().find("pid")));
  }
  std::set<std::string> seen;
  Value after;
  int pages = 0;
  do {
    const auto answer = ask(Value::map({{"op", "tree"}, {"after", after}}));
    ASSERT_TRUE(answer) << answer.error().text();
    for (const Value& each : *answer->find("trees")->get_if<ValueArray>()) {
      EXPECT_TRUE(seen.insert(to_json(*each.find("pid"))).second);
    }
    after = *answer->find("next");
    pages += 1;
  } while (!after.is_null());
  EXPECT_GT(pages, 1);
  for (const std::string& pid : agents) EXPECT_TRUE(seen.contains(pid)) << pid;
  EXPECT_EQ(refusal(Value::map({{"op", "tree"}, {"after", "x"}})).code(),
            ErrorCode::invalid_argument);
}

TEST_F(AttachedApp, WhatWaitsWhenTheNodeStopsIsAnswered) {
  ASSERT_TRUE(node->register_global(
      "mute", spawn(node->system(), [] { static_cast<void>(receive<Down>(1h)); })));
  const Value call = Value::map(
      {{"op", "call"}, {"to", "mute"}, {"message", "get"}, {"timeout_ns", Duration(1h).count()}});
  ASSERT_TRUE(client.begin(transport::encode_value(call)));
  ASSERT_TRUE(ask(ping)) << "the call has been taken before";
  std::thread stopping([&] { node->stop(); });
  const auto answer = client.next(20s);
  stopping.join();
  ASSERT_TRUE(answer) << answer.error().text();
  ASSERT_TRUE(answer->second) << answer->second.error().text();
  const Error why = unwrap(transport::decode_value(*answer->second).value()).error();
  EXPECT_EQ(why.code(), ErrorCode::unavailable);
}

TEST_F(AttachedApp, WithoutDescriptorsNewConnectionsWaitAndTheLogSaysSoOnce) {
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  const int next = dup(0);
  close(next);
  rlimit none = before;
  none.rlim_cur = static_cast<rlim_t>(next) + 1;  // one for the app, none for the node to accept it
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
  std::unique_ptr<RawApp> app;
  std::thread connecting([&] { app = std::make_unique<RawApp>(node->address()); });
  const bool warned = eventually([&] { return log->count("file descriptors") == 1; });
  setrlimit(RLIMIT_NOFILE, &before);
  connecting.join();
  EXPECT_TRUE(warned);
  app->send({RawApp::request(1, ping)});
  EXPECT_TRUE(unwrap(RawApp::answer(app->receive().back()).second));
}

/// A transport that delivers a request while it starts, as a socket can.
class Early : public transport::Transport {
 public:
  Result<transport::Address> start(const transport::TransportOptions& options,
                                   transport::TransportHandler& handler) override {
    handler_ = &handler;
    ask("early");
    return options.listen;
  }
  void ask(const char* who) {
    handler_->on_request(std::string(who) + "-00000000", transport::encode_value(ping));
  }
  Result<void> send(const transport::Address&, transport::Channel, Bytes) override { return {}; }
  void reply(const transport::ClientId& client, Bytes message) override {
    const std::scoped_lock lock(mutex_);
    answers_.push_back(client.substr(0, client.find('-')) + " " +
                       to_json(transport::decode_value(message).value()));
  }
  void disconnect(const transport::Address&) override {}
  void stop() override { ask("late"); }
  [[nodiscard]] transport::TransportCounters counters() const override { return {}; }
  std::vector<std::string> answers() {
    const std::scoped_lock lock(mutex_);
    return answers_;
  }

 private:
  transport::TransportHandler* handler_ = nullptr;
  std::mutex mutex_;
  std::vector<std::string> answers_;
};

TEST(NodeStart, RequestsBeforeItIsUpAndWhileItStopsAreAnswered) {
  const auto early = std::make_shared<Early>();
  NodeOptions options;
  options.name = "a";
  options.listen = "127.0.0.1:7400";
  options.workers = 1;
  options.transport = early;
  const auto node = Node::start(std::move(options)).value();
  const auto deadline = std::chrono::steady_clock::now() + 20s;
  while (early->answers().empty() && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(2ms);
  }
  EXPECT_EQ(early->answers(), std::vector<std::string>{R"(early {"ok":{"name":"a"}})"});
  node->stop();
  ASSERT_EQ(early->answers().size(), 2U);
  EXPECT_NE(early->answers().back().find("shutting down"), std::string::npos);
}

TEST(NodeStart, ALeaveThatIsAskedForBeforeSomebodyListensIsNotForgotten) {
  const auto node = Node::start({.name = "a", .workers = 1}).value();
  node->request_leave();
  int told = 0;
  node->on_leave_request([&] { told += 1; });
  EXPECT_EQ(told, 1);
}

}  // namespace
}  // namespace kith
