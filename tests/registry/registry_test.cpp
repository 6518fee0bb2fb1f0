#include "registry/registry.hpp"

#include <gtest/gtest.h>

#include "actor/agent.hpp"
#include "actor/gen_server.hpp"

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
  EXPECT_EQ(topics.keys(a.pid()), std::vector<std::string>{"news"});
}

TEST_F(Registries, TheValueBesideAKeyCanBeChangedAndTheKeyTakenBack) {
  const auto server = start("key", 1);
  EXPECT_TRUE(registry.update_value("key", server.pid(), 5));
  EXPECT_EQ(registry.lookup("key").front().second, Value(5));
  EXPECT_TRUE(registry.unregister("key", server.pid()));
  EXPECT_TRUE(registry.lookup("key").empty());
  EXPECT_EQ(registry.unregister("key", server.pid()).error().code(), ErrorCode::not_found);
}

}  // namespace
}  // namespace kith
