#include "registry/registry.hpp"

#include <gtest/gtest.h>

#include "actor/agent.hpp"
#include "actor/gen_server.hpp"
#include "supervision/supervisor.hpp"

namespace kith {
namespace {

using namespace std::chrono_literals;

struct Ask {
  using Reply = int;
};
using AskProtocol = Protocol<Ask>;

class Answerer : public GenServer<Answerer, AskProtocol> {
 public:
  explicit Answerer(int answer) : answer_(answer) {}
  int handle_call(const Ask&) const { return answer_; }

 private:
  int answer_;
};

class Registries : public ::testing::Test {
 protected:
  ManualClock clock;
  System system{{.workers = 0, .clock = &clock}};
  Registry registry = Registry::start_link(system).value();

  ServerRef<AskProtocol> start(const std::string& key, int answer) {
    StartOptions options;
    options.register_as = registry.registration(key);
    return Answerer::start(system, options, answer).value();
  }
  void end(const ServerAddress& server) {
    ASSERT_TRUE(stop_server(ServerAddress(&system, server.pid())));
    system.run_until_idle();
  }
};

TEST_F(Registries, AProcessIsReachedByTheKeyItWasStartedUnder) {
  start("web-42", 42);
  EXPECT_EQ(call(registry.via<AskProtocol>("web-42"), Ask{}).value(), 42);
  EXPECT_EQ(call(registry.via<AskProtocol>("web-43"), Ask{}).error().code(), ErrorCode::no_process);
}

TEST_F(Registries, AViaNameSurvivesARestart) {
  const auto first = start("web", 1);
  const auto via = registry.via<AskProtocol>("web");
  EXPECT_EQ(call(via, Ask{}).value(), 1);
  end(first);
  start("web", 2);
  EXPECT_EQ(call(via, Ask{}).value(), 2);
}

TEST_F(Registries, AsAChildOfASupervisorItLosesNothingWhenItsProcessEnds) {
  const Registry names = Registry::create(system, {.name = "names"}).value();
  const auto supervisor = Supervisor::start_link(system, {names.child()}).value();
  StartOptions options;
  options.register_as = names.registration("web");
  const auto web = Answerer::start(system, options, 1).value();
  const Pid first = names.pid();
  EXPECT_EQ(supervisor.child_pid("names").value(), first);
  exit(system, first, "kill");
  system.run_until_idle();
  EXPECT_NE(names.pid(), first);
  EXPECT_EQ(names.whereis("web"), web.pid());
  end(web);
  EXPECT_FALSE(names.whereis("web"));
}

TEST_F(Registries, TheEntriesOfProcessesThatEndedWhileItWasNotRunningGoWhenItIs) {
  const Registry names = Registry::create(system, {.name = "names"}).value();
  StartOptions options;
  options.register_as = names.registration("web");
  end(Answerer::start(system, options, 1).value());
  EXPECT_EQ(names.count(), 1U);
  const auto supervisor = Supervisor::start_link(system, {names.child()}).value();
  system.run_until_idle();
  EXPECT_EQ(names.count(), 0U);
}

TEST_F(Registries, AUniqueKeyHasOneProcessAndTheErrorNamesIt) {
  const auto first = start("only", 1);
  StartOptions options;
  options.register_as = registry.registration("only");
  const auto second = Answerer::start(system, options, 2);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code(), ErrorCode::already_exists);
  EXPECT_NE(second.error().text().find(to_string(first.pid())), std::string::npos);
}

TEST_F(Registries, AnEntryGoesWithItsProcess) {
  const auto server = start("short", 1);
  EXPECT_EQ(registry.count(), 1U);
  end(server);
  EXPECT_EQ(registry.count(), 0U);
  EXPECT_EQ(registry.whereis("short"), std::nullopt);
}

TEST_F(Registries, ADuplicateKeyHasManyProcessesInOrder) {
  const auto topics =
      Registry::start_link(system, {.name = "topics", .keys = RegistryKeys::duplicate}).value();
  const auto a = start("a", 1);
  const auto b = start("b", 2);
  ASSERT_TRUE(topics.register_process("news", a.pid(), "first"));
  ASSERT_TRUE(topics.register_process("news", b.pid(), "second"));
  std::vector<Value> seen;
  topics.dispatch("news", [&](const std::vector<Registry::Entry>& entries) {
    for (const auto& [pid, value] : entries) seen.push_back(value);
  });
  EXPECT_EQ(seen, (std::vector<Value>{"first", "second"}));
  EXPECT_EQ(topics.keys(a.pid()), std::vector<Value>{"news"});
}

TEST_F(Registries, TheValueBesideAKeyCanBeChangedAndTheKeyTakenBack) {
  const auto server = start("key", 1);
  const auto updated =
      registry.update_value("key", server.pid(), [](const Value&) { return Value(5); });
  EXPECT_EQ(updated.value(), std::pair(Value(5), Value()));
  EXPECT_EQ(registry.lookup("key").front().second, Value(5));
  EXPECT_TRUE(registry.unregister("key", server.pid()));
  EXPECT_TRUE(registry.lookup("key").empty());
  EXPECT_EQ(registry.unregister("key", server.pid()).error().code(), ErrorCode::not_found);
}

TEST_F(Registries, AKeyMayBeAnyTermAndIsFoundByThatTermOnly) {
  const auto server = start("1", 1);
  ASSERT_TRUE(registry.register_process(1, server.pid(), "number"));
  ASSERT_TRUE(registry.register_process(Value::array({"user", 7}), server.pid(), "pair"));
  EXPECT_EQ(registry.lookup(1).front().second, Value("number"));
  EXPECT_EQ(registry.lookup(Value::array({"user", 7})).front().second, Value("pair"));
  EXPECT_TRUE(registry.lookup(1.0).empty());
  EXPECT_EQ(registry.keys(server.pid()), (std::vector<Value>{"1", 1, Value::array({"user", 7})}));
}

TEST_F(Registries, AListenerHearsOfRegisterAndUnregisterButOfNoDeath) {
  const auto heard = std::make_shared<std::vector<std::string>>();
  const auto noisy =
      Registry::start_link(system, {.name = "noisy", .partitions = 4, .listeners = {"ear"}})
          .value();
  spawn(system, [heard] {
    current_system()->register_name("ear", self()).value();
    for (;;) {
      const auto event = receive<RegistryEvent>().value();
      const bool on = event.kind == RegistryEvent::Kind::registered;
      heard->push_back((on ? "+" : "-") + event.key.text_or("?"));
    }
  });
  system.run_until_idle();
  const auto a = start("a", 1);
  ASSERT_TRUE(noisy.register_process("x", a.pid()));
  ASSERT_TRUE(noisy.register_process("y", a.pid()));
  ASSERT_TRUE(noisy.unregister("x", a.pid()));
  end(a);
  EXPECT_EQ(*heard, (std::vector<std::string>{"+x", "+y", "-x"}));
  EXPECT_EQ(noisy.count(), 0U);
}

TEST_F(Registries, SelectGivesWhatTheFirstMatchingClauseSays) {
  const auto a = start("a", 1);
  ASSERT_TRUE(registry.register_process("small", a.pid(), Value::array({"size", 1})));
  ASSERT_TRUE(registry.register_process("large", a.pid(), Value::array({"size", 9})));
  const RegistrySelection large{.key = "$1",
                                .value = Value::array({"size", "$2"}),
                                .guards = {Value::array({">", "$2", 5})},
                                .result = Value::array({"$1", "$2"})};
  EXPECT_EQ(registry.select({large}), (ValueArray{Value::array({"large", 9})}));
  EXPECT_EQ(registry.select({large, {.value = Value::array({"_", "_"}), .result = "other"}}).size(),
            2U);
}

TEST_F(Registries, GuardsCompareNumbersByTheirValue) {
  const auto a = start("a", 1);
  ASSERT_TRUE(registry.register_process("one", a.pid(), 1));
  const auto selected = [&](const char* comparison, double number) {
    return registry
        .select({{.key = "one",
                  .value = "$1",
                  .guards = {Value::array({comparison, "$1", number})},
                  .result = "$1"}})
        .size();
  };
  EXPECT_EQ(selected("==", 1.0), 1U);
  EXPECT_EQ(selected("<", 1.0), 0U);
  EXPECT_EQ(selected("<=", 1.0), 1U);
  EXPECT_EQ(selected("!=", 1.5), 1U);
}

TEST_F(Registries, OnlyMatchingEntriesAreTakenAway) {
  const auto topics =
      Registry::start_link(system, {.name = "topics", .keys = RegistryKeys::duplicate}).value();
  const auto a = start("a", 1);
  for (const int value : {1, 2, 3}) ASSERT_TRUE(topics.register_process("k", a.pid(), value));
  topics.unregister_match("k", a.pid(), "$1", {Value::array({">=", "$1", 2})});
  EXPECT_EQ(topics.values("k", a.pid()), ValueArray{1});
}

TEST_F(Registries, MetadataIsKeptBesideTheEntries) {
  registry.put_metadata("owner", "us");
  EXPECT_EQ(registry.metadata("owner"), Value("us"));
  registry.erase_metadata("owner");
  EXPECT_EQ(registry.metadata("owner"), std::nullopt);
}

TEST_F(Registries, AKeyThatIsTooLongIsRefused) {
  const auto a = start("a", 1);
  const std::string long_text(5000, 'x');
  EXPECT_EQ(registry.register_process(long_text, a.pid()).error().code(),
            ErrorCode::invalid_argument);
  EXPECT_EQ(registry.register_process(Value::array({1, long_text}), a.pid()).error().code(),
            ErrorCode::invalid_argument);
}

TEST_F(Registries, WithoutPartitionsThereIsNone) {
  EXPECT_EQ(Registry::start_link(system, {.partitions = 0}).error().code(),
            ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace kith
