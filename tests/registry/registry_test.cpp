// SPDX-License-Identifier: Apache-2.0
#include "registry/registry.hpp"

#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

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

/// Queries a registry with an entry of a dead process, of whose end it was not notified yet.
struct NoDead {
  const char* name;
  std::function<bool(const Registry&, Pid ended)> holds;
};
void PrintTo(const NoDead& question, std::ostream* out) {
  *out << question.name;
}

class TheDead : public Registries, public ::testing::WithParamInterface<NoDead> {};

TEST_P(TheDead, AreFoundByNoQuestionEvenBeforeTheRegistryHearsOfTheirEnd) {
  for (const RegistryKeys keys : {RegistryKeys::unique, RegistryKeys::duplicate}) {
    // Without its process it is never notified of an end.
    const Registry names = Registry::create(system, {.name = "names", .keys = keys}).value();
    StartOptions options;
    options.register_as = names.registration("job", "value");
    const auto ended = Answerer::start(system, options, 1).value();
    EXPECT_FALSE(GetParam().holds(names, ended.pid()));
    end(ended);
    EXPECT_TRUE(GetParam().holds(names, ended.pid()));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Questions, TheDead,
    ::testing::Values(
        NoDead{"whereis", [](const Registry& r, Pid) { return !r.whereis("job"); }},
        NoDead{"via", [](const Registry& r, Pid) { return !r.via<AskProtocol>("job").resolve(); }},
        NoDead{"lookup", [](const Registry& r, Pid) { return r.lookup("job").empty(); }},
        NoDead{"match", [](const Registry& r, Pid) { return r.match("job", "_").empty(); }},
        NoDead{"values", [](const Registry& r, Pid pid) { return r.values("job", pid).empty(); }},
        NoDead{"keys", [](const Registry& r, Pid pid) { return r.keys(pid).empty(); }},
        NoDead{"count", [](const Registry& r, Pid) { return r.count() == 0; }},
        NoDead{"select", [](const Registry& r, Pid) { return r.select({{}}).empty(); }},
        NoDead{"dispatch",
               [](const Registry& r, Pid) {
                 bool called = false;
                 r.dispatch("job", [&](const Registry::Entries&) { called = true; });
                 return !called;
               }},
        NoDead{"update_value",
               [](const Registry& r, Pid pid) {
                 const auto same = [](const Value& value) { return value; };
                 const auto updated = r.update_value("job", pid, same);
                 return !updated &&
                        (updated.error().code() == ErrorCode::not_found || r.lookup("job").empty());
               }},
        NoDead{"unregister", [](const Registry& r, Pid pid) { return !r.unregister("job", pid); }}),
    [](const auto& question) { return question.param.name; });

TEST_F(Registries, WhoWasToldOfAnEndDoesNotFindTheProcess) {
  const auto worker = start("job", 1);
  bool found = true;
  spawn(system, [&, pid = worker.pid()] {
    monitor(pid);
    exit(pid, "kill");
    static_cast<void>(receive<Down>());
    found = registry.whereis("job").has_value() || !registry.lookup("job").empty();
  });
  system.run_until_idle();
  EXPECT_FALSE(found);
}

TEST_F(Registries, TheOthersOfADuplicateKeyAreStillFound) {
  const Registry topics =
      Registry::create(system, {.name = "topics", .keys = RegistryKeys::duplicate}).value();
  const auto first = Answerer::start(system, 1).value();
  const auto second = Answerer::start(system, 2).value();
  ASSERT_TRUE(topics.register_process("news", first.pid()));
  ASSERT_TRUE(topics.register_process("news", second.pid()));
  end(first);
  EXPECT_EQ(topics.whereis("news"), second.pid());
  EXPECT_EQ(topics.lookup("news").size(), 1U);
  EXPECT_EQ(topics.count(), 1U);
}

TEST_F(Registries, AListenerHearsNothingOfWhatADeadProcessLeftBehind) {
  std::vector<Value> heard;
  const Registry names = Registry::create(system, {.name = "names", .listeners = {"ear"}}).value();
  spawn(system, [&] {
    current_system()->register_name("ear", self()).value();
    for (;;) {
      const auto event = receive<RegistryEvent>().value();
      if (event.kind == RegistryEvent::Kind::unregistered) heard.push_back(event.key);
    }
  });
  StartOptions options;
  options.register_as = names.registration("job", 1);
  const auto ended = Answerer::start(system, options, 1).value();
  end(ended);
  names.unregister_match("job", ended.pid(), 2);
  EXPECT_FALSE(names.unregister("job", ended.pid()));
  system.run_until_idle();
  EXPECT_TRUE(heard.empty());
}

/// Callbacks that throw.
class FailingFunctions : public Registries {
 protected:
  Registry topics =
      Registry::start_link(system,
                           {.name = "topics", .keys = RegistryKeys::duplicate, .partitions = 4})
          .value();

  void SetUp() override {
    for (int i = 0; i < 8; ++i) {
      const auto server = Answerer::start(system, i).value();
      ASSERT_TRUE(topics.register_process("news", server.pid(), i));
    }
  }
  /// Checks that no lock is held and no entry was lost.
  void expect_usable() {
    system.run_until_idle();
    EXPECT_EQ(topics.lookup("news").size(), 8U);
    const auto server = start("after", 1);
    EXPECT_TRUE(topics.register_process("news", server.pid()));
    EXPECT_EQ(topics.count(), 9U);
  }
};

TEST_F(FailingFunctions, WhatDispatchThrowsReachesTheCallerAndLeavesNothingBehind) {
  for (const bool traps : {false, true}) {
    std::string caught;
    std::size_t left = 99;
    bool linked = true;
    const auto fails = [](const Registry::Entries& entries) {
      if (entries.front().second == Value(0)) throw std::runtime_error("broken");
    };
    const Pid caller = spawn(system, [&] {
      trap_exits(traps);
      try {
        topics.dispatch("news", fails);
      } catch (const std::runtime_error& problem) {
        caught = problem.what();
      }
      sleep_for(1s);
      left = current_system()->message_queue_length(self()).value();
      linked = !links().empty();
    });
    const std::size_t processes = system.processes().size();
    system.advance(1s);
    EXPECT_EQ(caught, "broken");
    EXPECT_EQ(left, 0U) << "traps " << traps;
    EXPECT_FALSE(linked);
    EXPECT_FALSE(system.is_alive(caller));
    EXPECT_EQ(system.processes().size(), processes - 1);
  }
  expect_usable();
}

TEST_F(FailingFunctions, AParallelDispatchThatAsksForTheEndEndsTheCaller) {
  std::optional<ExitReason> reason;
  const Pid caller = spawn(system, [&] {
    topics.dispatch("news", [](const Registry::Entries&) { exit("enough"); }, true);
  });
  spawn(system, [&] {
    monitor(caller);
    reason = receive<Down>()->reason;
  });
  system.run_until_idle();
  EXPECT_EQ(reason, Value("enough"));
}

TEST_F(FailingFunctions, WhatUpdateValueThrowsReachesTheCallerAndChangesNothing) {
  const auto server = start("key", 1);
  EXPECT_THROW(
      static_cast<void>(registry.update_value(
          "key", server.pid(), [](const Value&) -> Value { throw std::runtime_error("broken"); })),
      std::runtime_error);
  EXPECT_EQ(registry.lookup("key").front().second, Value());
  EXPECT_TRUE(registry.update_value("key", server.pid(), [](const Value&) { return Value(2); }));
  expect_usable();
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
