// SPDX-License-Identifier: Apache-2.0
#include "supervision/supervision_tree.hpp"

#include "actor/server_control.hpp"
#include "supervision/dynamic_supervisor.hpp"
#include "supervision/supervisor.hpp"
#include "tests/supervision/probe.hpp"

namespace kith {
namespace {

using namespace std::chrono_literals;

/// Formats the tree: per line two spaces per level, then the id.
void outline(const TreeEntry& entry, const std::string& indent, std::vector<std::string>& lines) {
  lines.push_back(indent + entry.id);
  for (const TreeEntry& child : entry.children) outline(child, indent + "  ", lines);
}

class SupervisionTree : public SupervisionTest {
 protected:
  TreeEntry tree(const TreeOptions& options = {}) {
    return supervision_tree(system, system.root(), options).value();
  }
  Texts lines(const TreeOptions& options = {}) {
    Texts all;
    outline(tree(options), "", all);
    return all;
  }
  Supervisor start(std::vector<ChildSpec> children, SupervisorOptions options = {}) {
    return Supervisor::start_link(system, std::move(children), std::move(options)).value();
  }
};

TEST_F(SupervisionTree, ShowsSupervisorsWithTheirChildrenInTheOrderOfTheirStart) {
  start({probe("store"), Supervisor::child("web", {probe("pages"), probe("api")}), probe("mail")},
        {.name = "shop"});
  EXPECT_EQ(lines(), (Texts{"root", "  shop", "    store", "    web", "      pages", "      api",
                            "    mail"}));
  const TreeEntry shop = tree().children.at(0);
  EXPECT_TRUE(shop.is_supervisor);
  EXPECT_EQ(shop.name, "shop");
  EXPECT_TRUE(shop.children.at(1).is_supervisor);
  EXPECT_FALSE(shop.children.at(0).is_supervisor);
}

TEST_F(SupervisionTree, ShowsWhatAProcessHasStartedLinkedToItself) {
  const Supervisor supervisor = start({probe("worker")}, {.name = "top"});
  const Pid helper = spawn(system,
                           [] {
                             spawn_link([] { sleep_for(1h); }, {.label = "inner"});
                             sleep_for(1h);
                           },
                           {.label = "outer"});
  system.run_until_idle();
  const TreeEntry entry = supervision_tree(system, helper).value();
  EXPECT_EQ(entry.id, "outer");
  ASSERT_EQ(entry.children.size(), 1U);
  EXPECT_EQ(entry.children[0].id, "inner");
  EXPECT_EQ(entry.children[0].state, "waiting");
}

TEST_F(SupervisionTree, ThereIsOneForTheRootAndOneForEachProcessStartedWithoutALink) {
  start({probe("worker")}, {.name = "top"});
  spawn(system, [] { sleep_for(1h); }, {.label = "alone"});
  system.run_until_idle();
  const auto trees = supervision_trees(system);
  ASSERT_EQ(trees.size(), 2U);
  EXPECT_EQ(trees[0].pid, system.root());
  EXPECT_EQ(trees[1].id, "alone");
}

TEST_F(SupervisionTree, CountsRestartsAndTellsWhoIsStoppedSuspendedOrWaitsForItsBackoff) {
  auto hasty = probe("hasty");
  hasty.backoff = Backoff{.first = 5s, .jitter = 0};
  const Supervisor supervisor =
      start({probe("often"), probe("stopped"), probe("held"), hasty}, {.name = "top"});
  tell(supervisor.child_pid("often").value(), Crash{});
  tell(supervisor.child_pid("often").value(), Crash{});
  EXPECT_TRUE(supervisor.terminate_child("stopped"));
  EXPECT_TRUE(suspend_server(ServerAddress(&system, supervisor.child_pid("held").value())));
  tell(supervisor.child_pid("hasty").value(), Crash{});
  const auto children = tree().children.at(0).children;
  ASSERT_EQ(children.size(), 4U);
  EXPECT_EQ(children[0].restarts, 2U);
  EXPECT_EQ(children[0].state, "idle");
  EXPECT_EQ(children[1].state, "stopped");
  EXPECT_FALSE(children[1].pid);
  EXPECT_EQ(children[2].state, "suspended");
  EXPECT_EQ(children[3].state, "restarting");
  EXPECT_EQ(children[3].next_attempt_ms, 5000);
}

TEST_F(SupervisionTree, CountsTheMessagesThatWait) {
  const Supervisor supervisor = start({probe("held")}, {.name = "top"});
  const Pid held = supervisor.child_pid("held").value();
  EXPECT_TRUE(suspend_server(ServerAddress(&system, held)));
  for (int i = 0; i < 3; ++i) tell(held, Crash{});
  EXPECT_EQ(tree().children.at(0).children.at(0).message_queue_length, 3U);
}

TEST_F(SupervisionTree, OmitsChildrenBeyondTheMaximumAndSaysHowMany) {
  const auto pool = DynamicSupervisor::start_link(system, {.name = "pool"}).value();
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(pool.start_child(probe("p" + std::to_string(i))));
  TreeOptions options;
  options.children_max = 4;
  const TreeEntry shown = tree(options).children.at(0);
  EXPECT_EQ(shown.children.size(), 4U);
  EXPECT_EQ(shown.omitted, 6U);
  options = {};
  options.entries_max = 5;  // the root, the pool and three more
  EXPECT_EQ(lines(options).size(), 5U);
  options = {};
  options.levels_max = 1;
  EXPECT_EQ(lines(options), (Texts{"root", "  pool"}));
  EXPECT_EQ(tree(options).children.at(0).omitted, 10U);
}

TEST_F(SupervisionTree, DoesNotWaitLongForASupervisorThatStartsAChild) {
  const Supervisor supervisor = start({probe("store")}, {.name = "top"});
  auto slow = probe("slow");
  slow.start = []() -> Result<Pid> {
    sleep_for(1h);
    return Error(ErrorCode::unavailable, "never");
  };
  spawn(system, [&] { static_cast<void>(supervisor.start_child(slow)); });
  system.run_until_idle();
  std::optional<TreeEntry> seen;
  spawn(system, [&] { seen = tree(); });
  system.advance(3s);
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->children.at(0).state, "busy");
  EXPECT_EQ(seen->children.at(0).children.size(), 1U);  // found through its link
}

TEST_F(SupervisionTree, RefusesAProcessThatHasEndedOrLivesElsewhere) {
  const Pid ended = spawn(system, [] {});
  system.run_until_idle();
  EXPECT_EQ(supervision_tree(system, ended).error().code(), ErrorCode::no_process);
  EXPECT_EQ(supervision_tree(system, Pid{system.boot() + 1, 1, 1}).error().code(),
            ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace kith
