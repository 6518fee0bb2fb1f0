// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <cstdlib>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "actor/gen_server.hpp"
#include "core/random.hpp"
#include "supervision/supervisor.hpp"

namespace kith {
namespace {

using namespace std::chrono_literals;

/// The seeds of a test; KITH_SEED replays a single one.
std::vector<std::uint64_t> seeds(std::uint64_t count) {
  if (const char* one = std::getenv("KITH_SEED")) return {std::strtoull(one, nullptr, 10)};
  std::vector<std::uint64_t> all;
  for (std::uint64_t i = 1; i <= count; ++i) all.push_back(i);
  return all;
}

/// The source of randomness and the rates of failures.
struct Chaos {
  Random random;
  double failing_starts = 0;
  double failing_ends = 0;
};

struct Crash {};
struct End {
  ExitReason reason;
};

/// Fails in `init`, in `terminate` and on demand.
class Fragile : public GenServer<Fragile, Protocol<Crash, End>> {
 public:
  Fragile(Chaos* chaos, bool traps) : chaos_(chaos), traps_(traps) {}
  void init() {
    trap_exits(traps_);
    if (chaos_->random.chance(chaos_->failing_starts)) throw std::runtime_error("no start");
  }
  void terminate(const ExitReason&) {
    if (chaos_->random.chance(chaos_->failing_ends)) throw std::runtime_error("no end");
  }
  void handle_cast(const Crash&) { throw std::runtime_error("crashed on purpose"); }
  Then handle_cast(const End& order) { return kith::stop(order.reason); }

 private:
  Chaos* chaos_;
  bool traps_;
};

/// The description of a part of the tree.
struct Plan {
  std::string id;
  Restart restart = Restart::permanent;
  bool is_supervisor = false;
  bool traps = false;
  SupervisorOptions options;
  std::vector<Plan> children;
};

/// A random tree of up to four levels and about 200 children, and the events in it.
class Forest {
 public:
  explicit Forest(std::uint64_t seed) : chaos_{Random(seed)} {
    plan_ = supervisor("top", 1);
    top_ = Supervisor::start_link(system_, specs(plan_), plan_.options).value();
  }

  /// Injects N failures with short pauses; spares the top supervisor.
  void disturb(int accidents) {
    chaos_.failing_starts = chaos_.random.chance(0.5) ? 0.2 : 0;
    chaos_.failing_ends = 0.2;
    for (int i = 0; i < accidents && top_alive(); ++i) {
      accident();
      system_.advance(std::chrono::milliseconds(chaos_.random.below(200)));
    }
    chaos_.failing_starts = 0;
    system_.advance(1min);
  }

  [[nodiscard]] bool top_alive() { return system_.is_alive(top_->pid()); }

  void check() {
    std::set<Pid> reachable;
    if (top_alive()) {
      check(plan_, *top_, reachable);
    } else {
      EXPECT_EQ(ends_.at("top").front(), Value("shutdown"));
    }
    for (const Pid pid : system_.processes()) {
      EXPECT_TRUE(pid == root_ || reachable.contains(pid)) << "an orphan: " << to_string(pid);
    }
    for (const auto& [pid, times] : told_) EXPECT_EQ(times, 1) << to_string(pid);
  }

 private:
  Plan supervisor(const std::string& id, int level) {
    constexpr Strategy strategies[] = {Strategy::one_for_one, Strategy::one_for_all,
                                       Strategy::rest_for_one};
    Plan plan{.id = id, .restart = some_restart(), .is_supervisor = true};
    plan.options.strategy = strategies[chaos_.random.below(3)];
    plan.options.max_restarts =
        static_cast<std::uint32_t>(chaos_.random.below(level == 1 ? 40 : 8));
    plan.options.name = id;
    const std::uint64_t count = 1 + chaos_.random.below(7);
    for (std::uint64_t i = 0; i < count && made_ < 200; ++i) {
      const std::string child = id + "." + std::to_string(i);
      ++made_;
      if (level < 4 && chaos_.random.chance(0.4)) {
        plan.children.push_back(supervisor(child, level + 1));
      } else {
        plan.children.push_back(
            {.id = child, .restart = some_restart(), .traps = chaos_.random.chance(0.5)});
      }
    }
    return plan;
  }

  Restart some_restart() {
    constexpr Restart all[] = {Restart::permanent, Restart::permanent, Restart::transient,
                               Restart::temporary};
    return all[chaos_.random.below(4)];
  }

  std::vector<ChildSpec> specs(const Plan& plan) {
    std::vector<ChildSpec> all;
    for (const Plan& each : plan.children) {
      ChildSpec spec = each.is_supervisor ? Supervisor::child(each.id, specs(each), each.options)
                                          : child<Fragile>(each.id, StartOptions{.label = each.id},
                                                           &chaos_, each.traps);
      spec.restart = each.restart;
      all.push_back(std::move(spec));
    }
    return all;
  }

  void accident() {
    std::vector<Pid> victims;
    for (const Pid pid : system_.processes()) {
      if (pid != root_ && pid != top_->pid()) victims.push_back(pid);
    }
    if (victims.empty()) return;
    const Pid victim = victims[chaos_.random.below(victims.size())];
    switch (chaos_.random.below(5)) {
      case 0:
        static_cast<void>(send(system_, victim, Crash{}));
        break;
      case 1:
        static_cast<void>(send(system_, victim, End{"normal"}));
        break;
      case 2:
        static_cast<void>(send(system_, victim, End{"strange"}));
        break;
      default:
        exit(system_, victim, "kill");
        break;
    }
  }

  void check(const Plan& plan, const Supervisor& supervisor, std::set<Pid>& reachable) {
    reachable.insert(supervisor.pid());
    std::map<std::string, ChildInfo> infos;
    const auto children = supervisor.children().value();
    for (const ChildInfo& each : children) infos[each.id] = each;
    for (const Plan& each : plan.children) {
      const auto found = infos.find(each.id);
      if (found == infos.end()) {
        EXPECT_EQ(each.restart, Restart::temporary) << each.id << " is missing";
        continue;
      }
      const ChildInfo info = found->second;
      infos.erase(found);
      EXPECT_FALSE(info.restarting) << each.id;
      if (!info.pid) {
        EXPECT_EQ(each.restart, Restart::transient) << each.id << " does not run";
        const ValueArray& ends = ends_[each.id];
        ASSERT_FALSE(ends.empty()) << each.id;
        EXPECT_TRUE(is_orderly(ends.back())) << each.id << ": " << to_json(ends.back());
        continue;
      }
      EXPECT_TRUE(system_.is_alive(info.pid)) << each.id;
      reachable.insert(info.pid);
      if (each.is_supervisor) check(each, Supervisor(ServerAddress(&system_, info.pid)), reachable);
    }
    EXPECT_TRUE(infos.empty()) << infos.begin()->first << " is not planned";
  }

  Chaos chaos_;
  ManualClock clock_;
  std::map<std::string, ValueArray> ends_;  // the reasons by label, in order
  std::map<Pid, int> told_;
  System system_{{.workers = 0,
                  .clock = &clock_,
                  .on_exit = [this](Pid pid, const std::string& label, const ExitReason& reason) {
                    ends_[label].push_back(reason);
                    ++told_[pid];
                  }}};
  const Pid root_ = system_.processes().front();
  std::size_t made_ = 0;
  Plan plan_;
  std::optional<Supervisor> top_;
};

TEST(SupervisionChaos, AfterTheDustSettlesTheTreeIsAsSpecifiedOrHasEndedForTheRightReason) {
  int survived = 0;
  const std::vector<std::uint64_t> all = seeds(150);
  for (const std::uint64_t seed : all) {
    SCOPED_TRACE("KITH_SEED=" + std::to_string(seed));
    Forest forest(seed);
    forest.disturb(60);
    forest.check();
    if (::testing::Test::HasFailure()) return;
    survived += forest.top_alive() ? 1 : 0;
  }
  if (all.size() == 1) return;  // both must have been seen
  EXPECT_GT(survived, 30);
  EXPECT_LT(survived, 120);
}

}  // namespace
}  // namespace kith
